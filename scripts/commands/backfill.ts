import { steer } from '../../client/control';
import type { BackfillOptions } from '../../client/startBackfill';
import { DEFAULT_MAX_FAILED_PERCENT, DEFAULT_WIDTH, startBackfill } from '../../client/startBackfill';
import type { Side } from '../../model/compile/dependencies';
import { rangesAlong } from '../../model/compile/rangesAlong';
import type { Pipeline } from '../../model/definition/pipeline';
import type { BackfillOutcome, StaleWindows, WindowSelection } from '../../model/run/backfill';
import { counted } from '../../model/run/counted';
import { Misused } from '../../model/run/errors';
import { instant } from '../../model/time/time';
import { countWindows, rangeName } from '../../model/time/window';
import { onlyHeld } from '../../store/ledger/backfills';
import { pipelineNamed, rangeOf } from '../session/project';
import { inTurn } from '../session/inTurn';
import type { Runtime } from '../session/runtime';
import { withRuntime } from '../session/runtime';
import { EXIT, failedWindows, printError } from '../terminal/errors';
import { followBackfill } from '../terminal/followBackfill';
import { print } from '../terminal/print';
import { stagedLines } from '../terminal/stagedWindows';
import { count, duration } from '../terminal/table';
import type { Verb } from '../verb';

interface Options {
  readonly all?: boolean;
  readonly missing?: boolean;
  readonly failed?: boolean;
  readonly stale?: boolean;
  readonly newestFirst?: boolean;
  readonly width?: string;
  readonly maxFailed?: string;
  readonly with?: string;
  readonly json?: boolean;
}

/** `weir backfill P FROM..TO`: the windows that owe a run, each a child workflow; followed to the end. With those up- or downstream where asked. */
export const backfill: Verb<Options> = ([name, text], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const range = rangeOf(pipeline, text!);
  const wish = { which: whichOf(options), kind: 'backfill', ...shape(options) } as const;
  const sides = sidesOf(options.with);
  const ranges = rangesAlong(project.pipelines, pipeline, range, sides, instant(Date.now()));
  return withRuntime(project, { worker: 'if needed' }, (runtime) =>
    inTurn(project, ranges, options, runtime, ({ pipeline: one, range: mine }) =>
      startAndFollow(runtime, one, { range: mine, ...wish }, options),
    ),
  );
};

/** `weir rerun P FROM..TO`: every window again. */
export const rerun: Verb<Options> = ([name, range], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const wish = { range: rangeOf(pipeline, range!), which: 'all', kind: 'rerun', ...shape(options) } as const;
  return withRuntime(project, { worker: 'if needed' }, (runtime) => startAndFollow(runtime, pipeline, wish, options));
};

const SIDES: readonly string[] = ['upstream', 'downstream'] satisfies Side[];

function sidesOf(text: string | undefined): Side[] {
  if (text === undefined) return [];
  const sides = text.split(',').map((side) => side.trim());
  const unknown = sides.find((side) => !SIDES.includes(side));
  if (unknown !== undefined)
    throw new Misused(`--with ${text}: ${unknown || 'nothing'} is not ${SIDES.join(' or ')}`, {
      next: 'write --with upstream, --with downstream, or --with upstream,downstream',
      stillTrue: 'nothing was started',
    });
  return sides as Side[];
}

function whichOf({ all, missing, failed, stale }: Options): WindowSelection {
  const chosen = Object.entries({ all, missing, failed, stale })
    .filter(([, yes]) => yes)
    .map(([which]) => which as WindowSelection);
  if (chosen.length > 1) throw new Misused(`--${chosen.join(' and --')} exclude each other`, { next: 'choose one' });
  return chosen[0] ?? 'owed';
}

function shape({
  newestFirst,
  width,
  maxFailed,
}: Options): Pick<BackfillOptions, 'newestFirst' | 'width' | 'maxFailedShare'> {
  const windows = width === undefined ? DEFAULT_WIDTH : Number(width);
  if (!Number.isInteger(windows) || windows < 1 || windows > 64)
    throw new Misused(`--width ${width} is not a whole number from 1 to 64`);
  const percent = maxFailed === undefined ? DEFAULT_MAX_FAILED_PERCENT : Number(maxFailed.trim() || NaN);
  if (!(percent >= 0 && percent <= 100))
    throw new Misused(`--max-failed ${maxFailed} is not a percentage from 0 to 100`);
  return { newestFirst: newestFirst ?? false, width: windows, maxFailedShare: percent / 100 };
}

async function startAndFollow(
  runtime: Runtime,
  pipeline: Pipeline,
  wish: BackfillOptions,
  options: Options,
): Promise<number> {
  const began = Date.now();
  const { handle, order, joined } = await startBackfill(runtime.client, pipeline, wish);
  const what = `${wish.kind} ${pipeline.name} ${rangeName(wish.range)}`;
  const said = joined
    ? 'is running already: following it as it was started; only --width changes it now'
    : `over ${counted(countWindows(pipeline.window, wish.range), 'window')}`;
  process.stderr.write(`${what} ${said}\n`);
  if (joined && options.width !== undefined) {
    await steer({ handle, range: rangeName(wish.range), epoch: 0 }, 'setWidth', wish.width!);
    process.stderr.write(`from now on ${counted(wish.width!, 'window')} at once\n`);
  }
  let outcome: BackfillOutcome;
  try {
    outcome = await followBackfill(runtime, pipeline, handle, order);
  } catch (error) {
    if (!runtime.interrupted.aborted) {
      if (!(await onlyHeld(runtime.database, handle.workflowId, failedWindows(error)))) throw error;
      printError(error, options);
      return EXIT.held;
    }
    process.stderr.write(
      runtime.worker
        ? `\nstopped: this command served the queues; the backfill goes on where it was with the next worker: weir up\n`
        : `\nit goes on without this command\n  follow it:  weir ${wish.kind} ${pipeline.name} ${rangeName(wish.range)}\n  cancel it:  weir cancel ${pipeline.name} ${rangeName(wish.range)}\n`,
    );
    return EXIT.done;
  }
  const staged = await stagedLines(runtime.database, runtime.register, pipeline);
  print(
    options,
    { pipeline: pipeline.name, range: rangeName(wish.range), ...outcome, seconds: (Date.now() - began) / 1000 },
    () => [
      outcome.windows === 0 && outcome.done === 0
        ? `${what}: nothing was owed${staged.length > 0 ? '' : ', all is published'}`
        : `${what}: ${counted(outcome.done, 'window')} ${staged.length > 0 ? 'ran' : 'published'} in ${duration(Date.now() - began)}`,
      ...staged,
      ...staleLines(pipeline.name, rangeName(wish.range), outcome.stale),
    ],
  );
  return (outcome.stale?.windows ?? 0) > 0 || staged.length > 0 ? EXIT.held : EXIT.done;
}

/** What the backfill could not leave up to date, and the command that does. */
function staleLines(pipeline: string, range: string, stale: StaleWindows | undefined): string[] {
  if (!stale || stale.windows === 0) return [];
  const more = stale.windows - stale.first.length;
  return [
    `${counted(stale.windows, 'window is', 'windows are')} stale: what ${stale.windows === 1 ? 'it was' : 'they were'} made from changed since (${stale.first.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''})`,
    'Readers see what was published of them.',
    `Next:  weir backfill ${pipeline} ${range} --stale`,
  ];
}
