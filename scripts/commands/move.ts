import { counted } from '../../model/run/counted';
import { moveOrigins } from '../../store/inflow/moveOrigins';
import { withLedger } from '../session/ledger';
import { decisionOf, knownOrigins } from '../session/origins';
import { pipelineNamed } from '../session/project';
import { print } from '../terminal/print';
import { count } from '../terminal/table';
import type { Verb } from '../verb';

const SHOWN = 10;

/** `weir move P OLD NEW`: the same files under other names; they keep their deliveries. Moved already: nothing to do. */
export const move: Verb<{ readonly why?: string }> = ([name, from, to], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  return withLedger(async (database) => {
    await knownOrigins(database, pipeline, from!);
    const moves = await moveOrigins(database, pipeline, from!, to!.replace(/^\.\//, ''), decisionOf(options));
    print(options, { pipeline: pipeline.name, moved: moves }, () => [
      moves.length === 0
        ? `${pipeline.name}: nothing that counts is named ${from} any more`
        : `${pipeline.name}: ${counted(moves.length, 'origin')} moved; nothing is landed again`,
      ...moves.slice(0, SHOWN).map((one) => `  ${one.from} -> ${one.to}`),
      ...(moves.length > SHOWN ? [`  and ${count(moves.length - SHOWN)} more`] : []),
      `Next:  weir plan ${pipeline.name}`,
    ]);
  });
};
