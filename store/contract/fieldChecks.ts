import { fieldQuestions } from '../../model/definition/contract';
import type { Pipeline } from '../../model/definition/pipeline';
import { pathText, pathsOf } from '../../model/definition/reading/fieldPath';
import type { Sql } from '../../model/definition/sql';
import { sql } from '../../model/definition/sql';
import type { ColumnType } from '../../model/definition/column';
import { counted } from '../../model/run/counted';
import { columnLine } from '../../model/run/foundFields';
import { quote } from '../../model/run/errors';
import type { Window } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import type { Scope } from '../postgres/renderSql';
import { renderFor } from '../postgres/renderSql';
import type { Asked } from '../refresh/askChecks';
import { concernedDeliveries } from './concernedDeliveries';

/** So many fields are told by name. */
const NAMED = 3;

/**
 * What a cleaned window is asked where its table refuses fields: that no delivery which holds records of it, or whose former self did, has a
 * field that no column reads, or lacks one. By what cleaning noted, so that it costs no reading of rows.
 */
export async function fieldChecks(tx: Tx, pipeline: Pipeline, scope: Scope): Promise<Asked[]> {
  const checks: Asked[] = [];
  for (const label of fieldQuestions(pipeline.cleaned)) {
    const failing = label === 'new_field' ? newFields(pipeline, scope.window) : missingFields(pipeline, scope.window);
    const { text, values } = renderFor(failing, scope);
    const found = await tx.query<Found>(text, values as unknown[]);
    checks.push({ label, severity: 'error', failing: () => failing, saw: () => WORDS[label](found) });
  }
  return checks;
}

interface Found {
  readonly origin: string;
  readonly field: readonly string[];
  readonly type: ColumnType | null;
  readonly records: string;
}

const WORDS = {
  new_field: (found: readonly Found[]): string =>
    found.length === 0
      ? 'no field that no column reads'
      : named(found, ({ origin, field, type, records }) => {
          const line = columnLine({ path: field, type });
          return `${quote(pathText(field))} in ${counted(Number(records), 'record')} of ${origin}: add ${line}`;
        }),
  missing_field: (found: readonly Found[]): string =>
    found.length === 0
      ? 'every field is there'
      : named(found, ({ origin, field }) => `no record of ${origin} has ${quote(field[0]!)}`),
};

function named(found: readonly Found[], say: (one: Found) => string): string {
  const said = found.slice(0, NAMED).map(say);
  return [...said, ...(found.length > NAMED ? [`and ${found.length - NAMED} more`] : [])].join('; ');
}

const newFields = ({ name }: Pipeline, window: Window): Sql => sql`
  with ${concernedDeliveries(name, window)}
  select c.origin, f.path as field, min(f.type) as type, sum(f.records)::text as records
    from concerned c
    join weir.new_fields f on f.delivery = c.delivery
group by c.origin, f.path
order by c.origin, f.path`;

// Of a delivery without records nothing is missing.
const missingFields = ({ name, cleaned }: Pipeline, window: Window): Sql => sql`
  with ${concernedDeliveries(name, window)}
  select c.origin, array[f.field] as field, null as type, '0' as records
    from concerned c
    join weir.deliveries d on d.id = c.delivery and d.records > 0
   cross join jsonb_array_elements_text(${JSON.stringify([...new Set(pathsOf(cleaned.columns).map(pathText))])}::jsonb) f (field)
   where not exists (select from weir.seen_fields s where s.delivery = c.delivery and s.field = f.field)
order by c.origin, f.field`;
