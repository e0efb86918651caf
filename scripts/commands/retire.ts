import { counted } from '../../model/run/counted';
import { restoreOrigins } from '../../store/inflow/restoreOrigins';
import { retireOrigins } from '../../store/inflow/retireOrigins';
import { withLedger } from '../session/ledger';
import { decisionOf, knownOrigins } from '../session/origins';
import { pipelineNamed } from '../session/project';
import { print } from '../terminal/print';
import type { Verb } from '../verb';

/** `weir retire P ORIGIN…`: their rows count no more; raw keeps their bytes; `--undo`: they count again. Done already: nothing to do. */
export const retire: Verb<{ readonly why?: string; readonly undo?: boolean }> = (
  [name, ...patterns],
  options,
  project,
) => {
  const pipeline = pipelineNamed(project, name!);
  return withLedger(async (database) => {
    const origins: string[] = [];
    for (const pattern of patterns) origins.push(...(await knownOrigins(database, pipeline, pattern)));
    if (options.undo) {
      const restored = await restoreOrigins(database, pipeline, origins, decisionOf(options));
      print(options, { pipeline: pipeline.name, restored }, () => [
        restored.length === 0
          ? `${pipeline.name}: not retired`
          : `${pipeline.name}: ${counted(restored.length, 'origin')} ${restored.length === 1 ? 'counts' : 'count'} again, cleaned from raw`,
        `Next:  weir plan ${pipeline.name}`,
      ]);
      return;
    }
    const retired = await retireOrigins(database, pipeline, origins, decisionOf(options));
    print(options, { pipeline: pipeline.name, retired }, () => [
      retired.length === 0
        ? `${pipeline.name}: retired already`
        : `${pipeline.name}: ${counted(retired.length, 'origin')} retired; raw keeps the bytes, the rows count no more`,
      `Next:  weir plan ${pipeline.name}`,
    ]);
  });
};
