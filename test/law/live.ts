import type { Act } from './acts';
import { inWords, storyOf } from './acts';
import { Verbs } from './verbs';
import type { Targets } from './world';
import { World } from './world';

const ROUNDS = 6;

/** @throws where a verb says that all is well, and it is not. */
async function askVerbs(world: World, after: string, applied: number | 'refused' | null): Promise<void> {
  const { verbs } = world;
  const plan = await Verbs.asked(() => verbs.plan());
  const status = await Verbs.asked(() => verbs.status());
  const verified = await Verbs.asked(() => verbs.verify());
  const absent = await world.absent();
  const isEqual = verified !== 'refused' && verified.exit === 0;
  const looks: [string, boolean][] = [
    ['plan: nothing to do', plan !== 'refused' && plan.isEmpty],
    ['status: all is published', status === 'well'],
    ['apply: all stand as defined', applied === 0],
  ];
  // Of changed rows those know nothing: they read none.
  const says = [...(world.isDamaged ? [] : looks), ['verify: verified', isEqual && verified.missing === 0] as const];
  for (const [what, isSaid] of says) if (isSaid) await mustEqual(world, `after ${after}, ${what}`, new Set());
  // What was never published is told as such; of the rest they say that it is well.
  if (status === 'some are missing' && !world.isDamaged)
    await mustEqual(world, `after ${after}, status: nothing is wrong`, absent);
  if (isEqual && verified.missing > 0) await mustEqual(world, `after ${after}, verify: equal`, absent);
  if (isEqual) world.isDamaged = false;
  if (verified !== 'refused' && verified.wrong.length > 0 && !world.isDamaged)
    throw new Error(`after ${after}, verify alarms: ${verified.wrong.join(' ')}`);
}

async function mustEqual(world: World, said: string, absent: ReadonlySet<string>): Promise<void> {
  const { held, ...expected } = await world.expected(absent);
  const differing = differences(await world.targets(), expected as Targets);
  if (held.length > 0) differing.push(`a gate holds ${held.join(', ')}`);
  if (differing.length > 0) throw new Error(`${said}; but\n    ${differing.join('\n    ')}`);
}

function differences(found: Targets, expected: Targets): string[] {
  return Object.keys(expected).flatMap((name) => [
    ...found[name]!.filter((line) => !expected[name]!.includes(line)).map((line) => `${name} has   ${line}`),
    ...expected[name]!.filter((line) => !found[name]!.includes(line)).map((line) => `${name} lacks ${line}`),
    ...(new Set(found[name]).size < found[name]!.length ? [`${name} has a row twice`] : []),
  ]);
}

/** Plans and applies, and does what verify advises, until they all say that it is well, or an undisturbed run would not end well either. */
async function settle(world: World): Promise<void> {
  const said: string[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const { verbs } = world;
    await verbs.settleOrigins();
    const exit = await Verbs.asked(() => verbs.apply());
    await askVerbs(world, 'the end', exit);
    const [{ isEmpty }, verified, status] = [await verbs.plan(), await verbs.verify(), await verbs.status()];
    said.push(
      `apply ${exit}, plan ${isEmpty ? 'empty' : 'owes'}, verify ${verified.exit} (${verified.advice}), status ${status}`,
    );
    if (exit === 0 && isEmpty && verified.exit === 0 && verified.missing === 0 && status === 'well') {
      const differing = differences(await world.targets(), (await world.undisturbed()).targets);
      if (differing.length === 0) return;
      throw new Error(`all is said to be well; an undisturbed run differs:\n    ${differing.join('\n    ')}`);
    }
    if (verified.exit === 1 && verified.advice) await verbs.follow(verified.advice, round > 1 ? verified.wrong : []);
  }
  if ((await world.undisturbed()).isWhole) throw new Error(`it does not heal:\n    ${said.join('\n    ')}`);
}

/** Lives through a history, asks the verbs after each act, and settles. @throws where the law is broken, with the history in words. */
export async function live(acts: readonly Act[]): Promise<void> {
  const world = await World.begin();
  try {
    for (const [i, act] of acts.entries()) {
      const applied = await world.perform(act);
      // What is written is not landed yet.
      if (act.kind !== 'write') await askVerbs(world, `${i + 1}. ${inWords(act)}`, applied);
    }
    await settle(world);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\nthe history:\n${storyOf(acts)}\n`, { cause: error });
  } finally {
    await world.close();
  }
}
