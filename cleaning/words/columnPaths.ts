import type { ColumnFacts, ColumnType } from '../../model/definition/column';
import type { CsvForm } from '../framing/csvForm';
import { PLAIN_CSV } from '../framing/csvForm';
import { EXACT_PATHS } from '../paths/exactPath';
import { FAST_PATHS, floatFast } from '../paths/fastPath';
import { numericFast } from '../paths/numericFast';
import type { FastPath, Paths } from '../paths/fieldPaths';
import { momentPaths } from './moments';
import { noneOf } from './reasons';
import { textOfBytes } from './textOfBytes';
import { plainNumber } from './writtenNumber';

/** How a column's fields are read: as its type says, as its words do, and as the file's dialect writes numbers and characters. */
export function columnPaths(facts: ColumnFacts, form: CsvForm = PLAIN_CSV): Paths {
  const { type, words } = facts;
  const plain = numbers(facts, form, { fast: characters(type, form), exact: EXACT_PATHS[type] });
  if (!words) return plain;
  if (words.oneOf) return oneOfPaths(plain, words.oneOf);
  if (words.allow) return allowPaths(plain, words.allow);
  return numbers(facts, form, momentPaths(facts));
}

function characters(type: ColumnType, form: CsvForm): FastPath {
  const fast = FAST_PATHS[type];
  if (form.characters.encoding === 'utf-8') return fast;
  if (type === 'text') return textOfBytes(form.characters);
  // The only other one that looks at what is not ASCII.
  return type === 'json' ? never : fast;
}

const never: FastPath = () => false;
const NUMBERS: readonly string[] = ['integer', 'bigint', 'float', 'numeric'];

function numbers({ type, words }: ColumnFacts, form: CsvForm, { fast, exact }: Paths): Paths {
  if (form.decimal === PLAIN_CSV.decimal && form.thousands === '') return { fast, exact };
  if (!NUMBERS.includes(type) && words?.epoch === undefined) return { fast, exact };
  const plain = plainNumber(form);
  const sure = type === 'float' ? floatFast(form.decimal) : type === 'numeric' ? numericFast(form.decimal) : fast;
  return { fast: sure, exact: (text, out) => exact(plain(text), out) };
}

function oneOfPaths({ exact }: Paths, values: readonly string[]): Paths {
  const sure = values.filter((value) => /^[\x01-\x7f]+$/.test(value)).map((value) => Buffer.from(value));
  const all = new Set(values);
  return {
    fast: (bytes, start, end, out) => {
      const length = end - start;
      for (let i = 0; i < sure.length; i++) {
        const value = sure[i]!;
        if (value.length !== length) continue;
        let same = 0;
        while (same < length && value[same] === bytes[start + same]) same++;
        if (same < length) continue;
        out.fieldBytes(value, 0, length);
        return true;
      }
      return false;
    },
    exact: (text, out) => (all.has(text) ? exact(text, out) : noneOf(values)),
  };
}

const NOT_FINITE = /^(?:(nan)|([+-]?)inf(?:inity)?)$/i;

function allowPaths({ fast, exact }: Paths, allow: readonly string[]): Paths {
  const [nan, infinite] = [allow.includes('NaN'), allow.includes('Infinity')];
  return {
    fast,
    exact: (text, out) => {
      const match = NOT_FINITE.exec(text.length < 100 ? text.trim() : '');
      if (!match || !(match[1] === undefined ? infinite : nan)) return exact(text, out);
      out.fieldDouble(match[1] === undefined ? (match[2] === '-' ? -Infinity : Infinity) : NaN);
      return null;
    },
  };
}
