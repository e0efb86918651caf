import { Client } from '@temporalio/client';
import { connect } from '../../client/connect';
import type { Plan } from '../../client/plan';
import { isEmpty, makePlan } from '../../client/plan';
import { modeOf } from '../../model/compile/mode';
import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import type { PipelinePlan, Why } from '../../store/reports/owed';
import { asRanges, owesSomething } from '../../store/reports/owed';
import { withServices } from '../session/ledger';
import { pipelineNamed } from '../session/project';
import { outsideLines } from '../terminal/accounting';
import { print } from '../terminal/print';
import { bytes, count, spread } from '../terminal/table';
import type { Verb } from '../verb';

/** `weir plan [P]`: what is owed and why, what it will cost, and the hash by which `weir apply` does exactly that. Changes nothing. */
export const plan: Verb = ([name], options, project) => {
  const chosen = name === undefined ? project.pipelines : [pipelineNamed(project, name)];
  return withServices(['postgres', 'temporal'], async (database, services) => {
    const connection = await connect(services.temporal);
    try {
      const planned = await makePlan(
        database,
        new Client({ connection, namespace: services.temporal.namespace }),
        project.pipelines,
        chosen,
      );
      print(
        options,
        { ...planned, modes: chosen.map((pipeline) => ({ pipeline: pipeline.name, ...modeOf(pipeline) })) },
        () => lines(planned, chosen, name),
      );
    } finally {
      await connection.close();
    }
  });
};

const MEANING: Readonly<Record<Why, string>> = {
  missing: 'never published',
  lost: 'running, and nobody works on it',
  failed: 'failed',
  held: 'held by a gate',
  touched: 'data changed since',
  code: 'code changed since',
  target: 'published, and not in every target',
  checks: 'published under other checks',
};

function lines(planned: Plan, chosen: readonly Pipeline[], name?: string): string[] {
  if (isEmpty(planned))
    return [
      `nothing to do: ${chosen.map((pipeline) => pipeline.name).join(', ')} stand as defined`,
      ...planned.pipelines.flatMap((one, i) => noteLines(one, chosen[i]!)),
      ...chosen.map(modeLine),
    ];
  return [
    ...planned.pipelines.flatMap((one, i) => pipelineLines(one, chosen[i]!)),
    ...planned.removed.map(
      ({ pipeline, relation, windows }) =>
        `${relation}: ${counted(windows, 'window')} published by ${pipeline}, which is defined no more: apply forgets ${windows === 1 ? 'it' : 'them'} and leaves the rows as they are; bring ${pipeline} back, or: drop table ${relation}${relation.startsWith('weir_curated.') ? ' cascade' : ''}`,
    ),
    ...planned.orphans.map(
      ({ workflowId }) => `run ${workflowId}: open in the ledger, gone from Temporal; it will be closed as orphaned`,
    ),
    ...chosen.map(modeLine),
    ...planned.schedules.map(({ change, id, says }) => `schedule ${id}: ${change}, ${says}`),
    '',
    canApply(planned)
      ? `Next:  weir apply ${planned.hash}${name === undefined ? '' : ` ${name}`}`
      : 'Next:  one of these choices for each pipeline, then weir plan again',
  ];
}

/** False where nothing can be done before a person says what became of origins: `apply` would leave all of it. */
const canApply = ({ pipelines, removed, orphans, schedules }: Plan): boolean =>
  removed.length + orphans.length + schedules.length > 0 ||
  pipelines.some((one) => one.moved === null && owesSomething(one));

const modeLine = (pipeline: Pipeline): string => `${pipeline.name} runs: ${modeOf(pipeline).says}`;

/** What the plan of one pipeline says to people. */
export function pipelineLines(one: PipelinePlan, pipeline: Pipeline): string[] {
  if (!owesSomething(one)) return [`${one.pipeline}: nothing to do`, ...noteLines(one, pipeline)];
  const owed = Object.entries(one.windows) as [Why, string[]][];
  return [
    ...movedLines(one),
    `${one.pipeline}: ${counted(
      owed.reduce((sum, [, names]) => sum + names.length, 0),
      'window',
    )} to run`,
    ...owed
      .filter(([, names]) => names.length > 0)
      .map(([why, names]) => `  ${count(names.length)} ${MEANING[why]}: ${asRanges(pipeline, names)}`),
    ...one.targets.map(
      ({ relation, windows }) => `  ${count(windows.length)} not in ${relation}: ${asRanges(pipeline, windows)}`,
    ),
    ...one.foreign.map(
      ({ relation, windows }) =>
        `  ${counted(windows.length, 'window')} of another calendar in ${relation}: ${shown(windows)}`,
    ),
    ...calendarLines(one),
    ...one.formerTargets.map(
      (relation) =>
        `  ${relation} is published to by nothing any more: apply forgets it and leaves its rows as they are; keep it as it is, or: drop table ${relation}`,
    ),
    ...one.changes.flatMap(({ table, what }) => what.map((word) => `  ${table}: ${word}`)),
    ...one.reshapes.map(
      ({ relation, column, change, type }) => `  ${relation.replaceAll('"', '')}: ${change} column ${column} ${type}`,
    ),
    ...(one.clean.segments > 0
      ? [
          `  to clean: ${counted(one.clean.records, 'record')} in ${counted(one.clean.segments, 'segment')}, ${bytes(one.clean.bytes)}`,
        ]
      : []),
    ...noteLines(one, pipeline),
    ...(one.downstream.length > 0 ? [`  read by: ${one.downstream.join(', ')}`] : []),
    one.cost === null
      ? '  cost: not known, it never ran'
      : `  cost: about ${spread(one.cost.fromMs, one.cost.toMs)}, ${counted(one.cost.rows, 'row')}, by its last runs`,
  ];
}

/** What becomes of the windows of another calendar, and what is staged in their place. */
function calendarLines({ foreign, calendar: { staged, replacing } }: PipelinePlan): string[] {
  const waiting = `  ${count(staged.length)} staged: ${shown(staged)}; apply publishes them`;
  if (foreign.length === 0) return staged.length > 0 ? [waiting] : [];
  if (replacing === 0) return ['  nothing replaces them: apply takes their rows away'];
  return [
    `  ${counted(replacing, 'window')} replace${replacing === 1 ? 's' : ''} them: ${replacing === 1 ? 'its run stages' : 'their runs stage'}, then apply publishes all in one transaction; until then readers see the former calendar whole`,
    ...(staged.length > 0 ? [waiting] : []),
  ];
}

function movedLines({ pipeline, moved }: PipelinePlan): string[] {
  if (!moved) return [];
  const { origins } = moved;
  return [
    `${pipeline}: its source does not name ${origins[0]}${origins.length > 1 ? ` and ${count(origins.length - 1)} more` : ''} any more, whose rows count; nothing is landed until you say`,
    ...moved.move.map((command) => `  the same files elsewhere:  ${command}`),
    `  they count no more:        ${moved.retire}`,
  ];
}

const SHOWN = 3;
const shown = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ` … ${names.at(-1)!}` : '');

const noteLines = ({ notes, outside }: PipelinePlan, pipeline: Pipeline): string[] => [
  ...outsideLines(pipeline, outside).map((line) => `  note: ${line}`),
  ...notes.flatMap(({ table, what }) =>
    what.map((word) => `  note: ${table}: ${word}; if it reads otherwise now, give it another name`),
  ),
];
