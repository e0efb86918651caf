import { pipelineNamed } from './names';
import { print } from './output/print';
import { withRuntime } from './runtime';
import { openBackfill, steer } from './steering';
import type { Verb } from './weir';

/** `weir pause P [RANGE]`: a backfill begins no further window; those that run go on to their end. */
export const pause: Verb = ([name, range], options) => change(name!, range, 'pause', options);

/** `weir resume P [RANGE]`: it goes on. */
export const resume: Verb = ([name, range], options) => change(name!, range, 'resume', options);

function change(
  name: string,
  rangeText: string | undefined,
  what: 'pause' | 'resume',
  options: { json?: boolean },
): Promise<void> {
  const pipeline = pipelineNamed(name);
  return withRuntime({ worker: 'if needed' }, async (runtime) => {
    const steered = await openBackfill(runtime, pipeline, rangeText);
    await steer(steered, what);
    const paused = what === 'pause';
    print(options, { pipeline: pipeline.name, range: steered.range, paused }, () => [
      `backfill ${pipeline.name} ${steered.range} ${paused ? 'is paused: it begins no further window' : 'goes on'}`,
      `Next:  weir ${paused ? 'resume' : 'pause'} ${pipeline.name} ${steered.range}`,
    ]);
  });
}
