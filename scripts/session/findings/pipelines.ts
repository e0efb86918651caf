import type { Pipeline } from '../../../model/definition/pipeline';
import { counted } from '../../../model/run/counted';
import type { Instant } from '../../../model/time/time';
import type { Database } from '../../../store/postgres/database';
import { freshnessLines } from '../../terminal/freshness';
import type { Standing } from '../standing';
import { standingsOf } from '../standing';
import type { Finding } from './finding';
import { fine } from './finding';

/** Windows that need somebody, and the command that names them. */
const NEEDY = [
  ['failed', '--failed'],
  ['held', '--failed'],
  ['stale', '--stale'],
  ['unchecked', '--stale'],
] as const;

/** What is overdue or needs somebody, pipeline by pipeline, by the ledger. */
export async function pipelineFindings(
  database: Database,
  register: readonly Pipeline[],
  now: Instant,
): Promise<Finding[]> {
  const rows = await standingsOf(database, register, register, now);
  return rows.flatMap((row) => {
    const wrong = [...late(row), ...needy(row)];
    return wrong.length > 0
      ? wrong
      : [fine(row.pipeline.name, `${counted(row.windows.published, 'window')} published, nothing is overdue`)];
  });
}

/** A promise that is broken: nothing new came, or a hole lies behind what came. */
function late({ pipeline, fresh }: Standing): Finding[] {
  if (fresh.verdict !== 'broken') return [];
  const [sentence = '', ...others] = freshnessLines(pipeline, fresh);
  // Of the command line's sentence: what, then two blanks, then the command.
  const [found = '', fix = ''] = sentence.slice(pipeline.name.length + 2).split(/: {2}/);
  const [, instead] = (others[0] ?? '').split(/: {2}/);
  return [{ what: pipeline.name, ok: false, found, fix: [fix, instead].filter(Boolean).join('; or ') }];
}

function needy({ pipeline: { name }, windows, moved, records }: Standing): Finding[] {
  const states = NEEDY.filter(([state]) => windows[state] > 0);
  const trouble = (found: string, fix: string): Finding => ({ what: name, ok: false, found, fix });
  return [
    ...(states.length === 0
      ? []
      : [
          trouble(
            `${states.map(([state]) => `${windows[state]} ${state}`).join(', ')} of ${counted(windows.windows, 'window')}`,
            `weir windows ${name} ${states[0]![1]}`,
          ),
        ]),
    ...(moved === 0
      ? []
      : [trouble(`${counted(moved, 'origin')} not named by its source any more`, `weir plan ${name}`)]),
    ...(windows.foreign === 0
      ? []
      : [trouble(`${counted(windows.foreign, 'window')} of another calendar still shown`, `weir plan ${name}`)]),
    ...(records.balanced ? [] : [trouble('records and rows do not balance', `weir verify ${name}`)]),
  ];
}
