import type { Pipeline } from '../../../model/definition/pipeline';
import type { Database } from '../../../store/postgres/database';

/** Count and digest of every layer as it counts now (superseded deliveries do not), in words that do not depend on who did the work, when, or in which order. */
export async function judge(database: Database, pipeline: Pipeline): Promise<Record<string, string>> {
  const of = (rows: string): Promise<{ rows: string; digest: string }[]> =>
    database.query(
      `select count(*) as rows, coalesce(sum(hashtextextended(row::text, 0)), 0)::text as digest from (${rows}) row`,
    );
  // Towns keep their files in folders of their own.
  const file = (alias: string): string => `regexp_replace(${alias}.origin, '.*/', '')`;
  // The delivery's number is a matter of chance: its origin is what it stands for.
  const positioned = `join weir.deliveries d on d.id = t._delivery`;
  const questions: Record<string, string> = {
    raw: `select ${file('o')}, s.ordinal, s.first_record, s.records, s.sha256 from weir.segments s join weir.origins o on o.delivery = s.delivery`,
    cleaned: `select ${file('d')}, t._record, t._live, t.at, t.sensor, t.seq, t.value, t.revision from weir_cleaned.${pipeline.cleaned.tableName} t ${positioned}`,
    'dead letters': `select ${file('d')}, l.record, l.window_start, l.column_name, l.reason, l.value, l.bytes from weir.dead_letters l join weir.deliveries d on d.id = l.delivery`,
    ...Object.fromEntries(
      pipeline.curated.map((table) => [`curated ${table.tableName}`, `select * from weir_curated.${table.tableName}`]),
    ),
    ...Object.fromEntries(
      pipeline.publish.map(({ name, relation }) => [`published ${name}`, `select * from ${relation}`]),
    ),
  };
  const answers: Record<string, string> = {};
  for (const [layer, question] of Object.entries(questions)) {
    const [answer] = await of(question);
    answers[layer] = `${answer!.rows}:${answer!.digest}`;
  }
  return answers;
}

/** What must be zero at the end: windows that are not published or owe a run, runs that nobody closed, rows in a stage. */
export async function leftOver(database: Database, days: number, pipeline: Pipeline): Promise<Record<string, number>> {
  const one = async (question: string): Promise<number> =>
    Number((await database.query<{ n: string }>(question))[0]!.n);
  return {
    'windows unfinished':
      days -
      (await one(
        `select count(*) as n from weir.windows where state = 'published' and touches = touches_seen and published_at is not null`,
      )),
    'runs never closed': await one(`select count(*) as n from weir.runs where state = 'running'`),
    'rows left in a stage': await one(
      `select ${pipeline.curated.map((table) => `(select count(*) from weir_stage.${table.tableName})`).join(' + ')} as n`,
    ),
    'duplicate keys': await one(
      `select count(*) as n from (select sensor, seq from weir_cleaned.${pipeline.cleaned.tableName} where _live group by 1, 2 having count(*) > 1) twice`,
    ),
    'records lost': await one(
      `select (select sum(s.records) from weir.segments s join weir.origins o on o.delivery = s.delivery) - (select count(*) from weir_cleaned.${pipeline.cleaned.tableName}) - (select count(*) from weir.dead_letters) as n`,
    ),
  };
}
