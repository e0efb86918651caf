import { openBackfill, steer } from '../../client/control';
import type { Project } from '../../model/definition/project';
import { pipelineNamed, rangeOf } from '../session/project';
import { withRuntime } from '../session/runtime';
import { print } from '../terminal/print';
import type { Verb } from '../verb';

/** `weir pause P [RANGE]`: a backfill begins no further window; those that run go on to their end. */
export const pause: Verb = ([name, range], options, project) => change(project, name!, range, 'pause', options);

/** `weir resume P [RANGE]`: it goes on. */
export const resume: Verb = ([name, range], options, project) => change(project, name!, range, 'resume', options);

function change(
  project: Project,
  name: string,
  rangeText: string | undefined,
  what: 'pause' | 'resume',
  options: { json?: boolean },
): Promise<void> {
  const pipeline = pipelineNamed(project, name);
  return withRuntime(project, { worker: 'if needed' }, async (runtime) => {
    const steered = await openBackfill(
      runtime,
      pipeline,
      rangeText === undefined ? undefined : rangeOf(pipeline, rangeText),
    );
    await steer(steered, what);
    const paused = what === 'pause';
    print(options, { pipeline: pipeline.name, range: steered.range, paused }, () => [
      `backfill ${pipeline.name} ${steered.range} ${paused ? 'is paused: it begins no further window' : 'goes on'}`,
      `Next:  weir ${paused ? 'resume' : 'pause'} ${pipeline.name} ${steered.range}`,
    ]);
  });
}
