import { steer } from '../../client/control';
import type { BackfillOptions } from '../../client/startBackfill';
import { DEFAULT_MAX_FAILED_PERCENT, DEFAULT_WIDTH, startBackfill } from '../../client/startBackfill';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Project } from '../../model/definition/project';
import type { BackfillOutcome, StaleWindows, WindowSelection } from '../../model/run/backfill';
import { Misused } from '../../model/run/errors';
import { countWindows, rangeName } from '../../model/time/window';
import { pipelineNamed, rangeOf } from '../session/project';
import { withRuntime } from '../session/runtime';
import { EXIT } from '../terminal/errors';
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
  readonly json?: boolean;
}

/** `weir backfill P FROM..TO`: the windows that owe a run, each a child workflow; followed to the end. */
export const backfill: Verb<Options> = ([name, range], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  return startAndFollow(
    project,
    pipeline,
    { range: rangeOf(pipeline, range!), which: whichOf(options), kind: 'backfill', ...shape(options) },
    options,
  );
};

/** `weir rerun P FROM..TO`: every window again. */
export const rerun: Verb<Options> = ([name, range], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  return startAndFollow(
    project,
    pipeline,
    { range: rangeOf(pipeline, range!), which: 'all', kind: 'rerun', ...shape(options) },
    options,
  );
};

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
  project: Project,
  pipeline: Pipeline,
  wish: BackfillOptions,
  options: Options,
): Promise<number> {
  return withRuntime(project, { worker: 'if needed' }, async (runtime) => {
    const began = Date.now();
    const { handle, order, joined } = await startBackfill(runtime.client, pipeline, wish);
    const what = `${wish.kind} ${pipeline.name} ${rangeName(wish.range)}`;
    const said = joined
      ? 'is running already: following it as it was started; only --width changes it now'
      : `over ${count(countWindows(pipeline.window, wish.range))} windows`;
    process.stderr.write(`${what} ${said}\n`);
    if (joined && options.width !== undefined) {
      await steer({ handle, range: rangeName(wish.range), epoch: 0 }, 'setWidth', wish.width!);
      process.stderr.write(`from now on ${count(wish.width!)} windows at once\n`);
    }
    let outcome: BackfillOutcome;
    try {
      outcome = await followBackfill(runtime, pipeline, handle, order);
    } catch (error) {
      if (!runtime.interrupted.aborted) throw error;
      process.stderr.write(
        runtime.worker
          ? `\nstopped: this command served the queues; the backfill goes on where it was with the next worker: weir up\n`
          : `\nit goes on without this command\n  follow it:  weir ${wish.kind} ${pipeline.name} ${rangeName(wish.range)}\n  cancel it:  weir cancel ${pipeline.name} ${rangeName(wish.range)}\n`,
      );
      return EXIT.done;
    }
    const staged = await stagedLines(runtime.database, project.pipelines, pipeline);
    const ran = staged.length > 0 ? 'ran' : 'published';
    print(
      options,
      { pipeline: pipeline.name, range: rangeName(wish.range), ...outcome, seconds: (Date.now() - began) / 1000 },
      () => [
        outcome.windows === 0 && outcome.done === 0
          ? `${what}: nothing was owed${staged.length > 0 ? '' : ', all is published'}`
          : `${what}: ${count(outcome.done)} windows ${ran} in ${duration(Date.now() - began)}`,
        ...staged,
        ...staleLines(pipeline.name, rangeName(wish.range), outcome.stale),
      ],
    );
    return (outcome.stale?.windows ?? 0) > 0 || staged.length > 0 ? EXIT.held : EXIT.done;
  });
}

/** What the backfill could not leave up to date, and the command that does. */
function staleLines(pipeline: string, range: string, stale: StaleWindows | undefined): string[] {
  if (!stale || stale.windows === 0) return [];
  const more = stale.windows - stale.first.length;
  return [
    `${count(stale.windows)} ${stale.windows === 1 ? 'window is' : 'windows are'} stale: what ${stale.windows === 1 ? 'it was' : 'they were'} made from changed since (${stale.first.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''})`,
    'Readers see what was published of them.',
    `Next:  weir backfill ${pipeline} ${range} --stale`,
  ];
}
