import { counted } from '../../model/run/counted';
import { retireOrigins } from '../../store/inflow/retireOrigins';
import { withLedger } from '../session/ledger';
import { decisionOf, knownOrigins } from '../session/origins';
import { pipelineNamed } from '../session/project';
import { print } from '../terminal/print';
import type { Verb } from '../verb';

/** `weir retire P ORIGIN…`: their rows count no more; raw keeps their bytes. Retired already: nothing to do. */
export const retire: Verb<{ readonly why?: string }> = ([name, ...patterns], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  return withLedger(async (database) => {
    const origins: string[] = [];
    for (const pattern of patterns) origins.push(...(await knownOrigins(database, pipeline, pattern)));
    const retired = await retireOrigins(database, pipeline, origins, decisionOf(options));
    print(options, { pipeline: pipeline.name, retired }, () => [
      retired.length === 0
        ? `${pipeline.name}: retired already`
        : `${pipeline.name}: ${counted(retired.length, 'origin')} retired; raw keeps the bytes, the rows count no more`,
      `Next:  weir plan ${pipeline.name}`,
    ]);
  });
};
