import type { ColumnFacts } from '../../model/definition/column';
import type { CsvForm } from '../framing/csvForm';

/** A number as its file writes it, in the form that its type reads; something that is none where it is not written so. */
export function inPlainNumbers({ type, words }: ColumnFacts, form: CsvForm, text: string): string {
  const decimal = String.fromCharCode(form.decimal);
  if (decimal === '.' && form.thousands === '') return text;
  if (!['integer', 'bigint', 'float', 'numeric'].includes(type) && words?.epoch === undefined) return text;
  if (words?.allow && /^ *[+-]?(nan|inf|infinity) *$/i.test(text)) return text;
  const [mantissa = '', ...exponent] = text.replace(/^ +| +$/g, '').split(/(?=[eE])/);
  const [whole = '', ...fraction] = mantissa.split(decimal);
  if (fraction.length > 1) return 'no number';
  const groups = form.thousands === '' ? [whole] : whole.split(form.thousands);
  const sound =
    groups.slice(1).every((group) => /^\d{3}$/.test(group)) &&
    (groups.length === 1 || /^[+-]?\d{1,3}$/.test(groups[0]!));
  if (!sound || groups.some((group) => group.includes('.'))) return 'no number';
  return [groups.join(''), ...fraction].join('.') + exponent.join('');
}
