import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import { instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { parseWindow, rangeName, wholeWindows } from '../../model/time/window';
import type { Compared, Layer } from '../../store/proof/compared';
import { NO_WINDOW } from '../../store/proof/strayRows';
import type { Verified } from '../../store/proof/verify';
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
    const verified = await verifyRange(database, project.pipelines, pipeline, range, (what) =>
      progressLine(`${pipeline.name}: ${what}`),
    ).finally(() => progressLine(null));
    const { compared, records, missing } = verified;
    const { wrong, owed, holds, exit } = verdictOf(verified);
    const called = wholeRange(pipeline, range);
    const where = `${pipeline.name} ${called}`;
    const took = duration(Date.now() - began);
    print(
      options,
      {
        pipeline: pipeline.name,
        range: called,
        holds,
        compared: compared.length,
        missing,
        records,
        layer: firstLayer(wrong),
        wrong,
        owed,
      },
      () => [
        !holds
          ? `${where}: not verified, ${wrong.length > 0 ? `${count(wrong.length)} of ${counted(compared.length, 'comparison')} ${wrong.length === 1 ? 'differs' : 'differ'}` : 'records are not accounted for'}`
          : owed.length > 0
            ? `${where}: not verified yet, nothing is wrong; ${count(owed.length)} of ${counted(compared.length, 'comparison')} ${owed.length === 1 ? 'waits' : 'wait'} for a run`
            : `${where}: verified, ${counted(compared.length, 'comparison')} equal, recomputed from raw in ${took}`,
        accountingLine(records),
        ...(wrong.length > 0 ? [`the first layer that differs: ${firstLayer(wrong)}`] : []),
        ...(missing > 0
          ? [
              `${counted(missing, 'window was', 'windows were')} never published: nothing of ${missing === 1 ? 'it' : 'them'} is visible`,
            ]
          : []),
        ...wrong.slice(0, SHOWN).flatMap(difference),
        ...(wrong.length > SHOWN ? ['', `and ${count(wrong.length - SHOWN)} more: --json has all`] : []),
        ...owed.slice(0, SHOWN - wrong.length).flatMap(difference),
        ...advice(pipeline, range, { wrong, owed, missing, balanced: records.balanced }),
      ],
    );
    return exit;
  });
};

/** What of it is wrong, what the ledger owes itself, and what that makes of the whole. */
export function verdictOf({ compared, records }: Verified): {
  readonly wrong: readonly Compared[];
  readonly owed: readonly Compared[];
  readonly holds: boolean;
  readonly exit: number;
} {
  const wrong = compared.filter((one) => !one.equal && one.owed === null);
  const owed = compared.filter((one) => !one.equal && one.owed !== null);
  const holds = wrong.length === 0 && records.balanced;
  return { wrong, owed, holds, exit: holds ? (owed.length > 0 ? EXIT.held : EXIT.done) : EXIT.failed };
}

const difference = (one: Compared): string[] => [
  '',
  `${one.table} ${one.window}${one.owed ? `, ${one.owed}` : ''}`,
  `  stored     ${one.stored}`,
  `  recomputed ${one.recomputed}`,
  ...one.differing.map((row) => `    ${row}`),
];

const LAYERS: readonly Layer[] = ['raw', 'cleaned', 'dead letters', 'curated', 'target', 'counts'];

/** What differs first, and with it perhaps all that is made from it. */
const firstLayer = (wrong: readonly Compared[]): Layer | null =>
  LAYERS.find((layer) => wrong.some((one) => one.layer === layer)) ?? null;

interface Found {
  readonly wrong: readonly Compared[];
  readonly owed: readonly Compared[];
  readonly missing: number;
  readonly balanced: boolean;
}

/** The command that heals the first layer that differs: what is computed from a damaged layer would carry the damage on. */
export function advice(pipeline: Pipeline, range: Window, { wrong, owed, missing, balanced }: Found): string[] {
  const { name } = pipeline;
  const said = wholeRange(pipeline, range);
  const layer = firstLayer(wrong);
  if (layer === 'raw')
    return [
      '',
      'Fix:  bring weir.segments back from a backup, then verify again: nothing can be proven, or made, from other bytes',
    ];
  if (layer === 'cleaned' || layer === 'dead letters')
    return ['', `Fix:  weir reclean ${name} ${said}, then verify again; weir rerun would spread the damage`];
  if (layer === 'counts')
    return ['', `Fix:  weir reclean ${name} ${said}, then verify again: it counts anew; every row is as it should be`];
  if (layer !== null)
    return [
      '',
      `Fix:  weir rerun ${name} ${spanOf(pipeline, wrong)}, then verify again; ${
        wrong.every(({ window }) => window === NO_WINDOW)
          ? 'rows that are still there lie outside the history: delete them, as it says above'
          : 'if it still differs, report it'
      }`,
    ];
  if (!balanced)
    return [
      '',
      `Fix:  weir reclean ${name} ${wholeRange(pipeline, historyOf(pipeline, instant(Date.now())))}, then verify again`,
    ];
  if (owed.some(({ window }) => window === NO_WINDOW))
    return ['', `Next:  weir plan ${name}, weir apply HASH ${name}, then verify again`];
  if (owed.length > 0) return ['', `Again:  weir backfill ${name} ${said} --stale, then verify again`];
  return missing > 0 ? [`Fill:  weir backfill ${name} ${said} --missing`] : [];
}

/** The windows that differ, in one range: from the first to the end of the last. */
function spanOf(pipeline: Pipeline, wrong: readonly Compared[]): string {
  const windows = wrong
    .filter(({ window }) => window !== NO_WINDOW)
    .map((one) => parseWindow(pipeline.window, one.window));
  if (windows.length === 0) return wholeRange(pipeline, historyOf(pipeline, instant(Date.now())));
  return wholeRange(pipeline, { start: windows[0]!.start, end: windows.at(-1)!.end });
}

/** The whole windows of a range, as a command takes them: an open history ends inside of one. */
const wholeRange = (pipeline: Pipeline, range: Window): string => rangeName(wholeWindows(pipeline.window, range));
