import { historyOf } from '../../model/definition/pipeline';
import { instant } from '../../model/time/time';
import { rangeName } from '../../model/time/window';
import { NO_WINDOW } from '../../store/proof/strayRows';
import type { Compared } from '../../store/proof/verify';
import { verifyRange } from '../../store/proof/verify';
import { withLedger } from '../session/ledger';
import { pipelineNamed, rangeOf } from '../session/project';
import { accountingLine } from '../terminal/accounting';
import { EXIT } from '../terminal/errors';
import { print, progressLine } from '../terminal/print';
import { count, duration } from '../terminal/table';
import type { Verb } from '../verb';

const SHOWN = 10;

/**
 * `weir verify P [RANGE]`: recomputes from raw by the plain reference path and compares digests. Exit 1 when something differs that must not,
 * 3 when only windows differ that the ledger itself calls stale, held or failed.
 */
export const verify: Verb = ([name, rangeText], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const range = rangeText ? rangeOf(pipeline, rangeText) : historyOf(pipeline, instant(Date.now()));
  return withLedger(async (database) => {
    const began = Date.now();
    const { compared, records, missing } = await verifyRange(database, project.pipelines, pipeline, range, (what) =>
      progressLine(`${pipeline.name}: ${what}`),
    ).finally(() => progressLine(null));
    const wrong = compared.filter((one) => !one.equal && one.owed === null);
    const owed = compared.filter((one) => !one.equal && one.owed !== null);
    const holds = wrong.length === 0 && records.balanced;
    const where = `${pipeline.name} ${rangeName(range)}`;
    const took = duration(Date.now() - began);
    print(
      options,
      {
        pipeline: pipeline.name,
        range: rangeName(range),
        holds,
        compared: compared.length,
        missing,
        records,
        wrong,
        owed,
      },
      () => [
        !holds
          ? `${where}: ${wrong.length > 0 ? `${count(wrong.length)} of ${count(compared.length)} comparisons differ` : 'records are not accounted for'}`
          : owed.length > 0
            ? `${where}: nothing is wrong; ${count(owed.length)} of ${count(compared.length)} comparisons wait for a run`
            : `${where}: verified, ${count(compared.length)} comparisons equal, recomputed from raw in ${took}`,
        accountingLine(records),
        ...(missing > 0 ? [`${count(missing)} windows were never published: nothing of them is visible`] : []),
        ...wrong.slice(0, SHOWN).flatMap(difference),
        ...(wrong.length > SHOWN ? ['', `and ${count(wrong.length - SHOWN)} more: --json has all`] : []),
        ...owed.slice(0, SHOWN - wrong.length).flatMap(difference),
        ...next(pipeline.name, rangeName(range), wrong.length, owed, missing),
      ],
    );
    return holds ? (owed.length > 0 ? EXIT.held : EXIT.done) : EXIT.failed;
  });
};

const difference = (one: Compared): string[] => [
  '',
  `${one.table} ${one.window}${one.owed ? `, ${one.owed}` : ''}`,
  `  stored     ${one.stored}`,
  `  recomputed ${one.recomputed}`,
  ...one.differing.map((row) => `    ${row}`),
];

function next(pipeline: string, range: string, wrong: number, owed: readonly Compared[], missing: number): string[] {
  if (wrong > 0)
    return ['', `Fix:  weir rerun ${pipeline} ${range}, then verify again; if it still differs, report it`];
  if (owed.some(({ window }) => window === NO_WINDOW))
    return ['', `Next:  weir plan ${pipeline}, weir apply HASH ${pipeline}, then verify again`];
  if (owed.length > 0) return ['', `Again:  weir backfill ${pipeline} ${range} --stale, then verify again`];
  return missing > 0 ? [`Fill:  weir backfill ${pipeline} ${range} --missing`] : [];
}
