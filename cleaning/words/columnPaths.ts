import type { ColumnFacts } from '../../model/definition/column';
import { EXACT_PATHS } from '../paths/exactPath';
import { FAST_PATHS } from '../paths/fastPath';
import type { Paths } from '../paths/fieldPaths';
import { momentPaths } from './moments';
import { noneOf } from './reasons';

/** How a column's fields are read: as its type says, and as its words do. */
export function columnPaths(facts: ColumnFacts): Paths {
  const { type, words } = facts;
  const plain = { fast: FAST_PATHS[type], exact: EXACT_PATHS[type] };
  if (!words) return plain;
  if (words.oneOf) return oneOfPaths(plain, words.oneOf);
  if (words.allow) return allowPaths(plain, words.allow);
  return momentPaths(facts);
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
