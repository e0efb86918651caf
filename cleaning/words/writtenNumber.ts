import type { CsvForm } from '../framing/csvForm';
import { trimmed } from '../paths/exactPath';

const COMMA = 44;
/** What no type reads as a number. */
const NONE = 'x';

/** Numbers as a dialect writes them, in the form that types read: `1.234,50` is 1234.50. Groups must be of three digits. */
export function plainNumber({ decimal, thousands }: CsvForm): (text: string) => string {
  const group = thousands.replace(/[^\w\s]/g, '\\$&');
  const digits = thousands === '' ? '\\d*' : `\\d+|\\d{1,3}(?:${group}\\d{3})+|`;
  const written = new RegExp(`^([+-]?)(${digits})(?:${decimal === COMMA ? ',' : '\\.'}(\\d*))?([eE][+-]?\\d+)?$`);
  return (text) => {
    const match = written.exec(trimmed(text));
    if (!match) return NONE;
    const [, sign, whole, fraction, exponent = ''] = match;
    const plain = thousands === '' ? whole! : whole!.replaceAll(thousands, '');
    return `${sign}${plain}${fraction === undefined ? '' : `.${fraction}`}${exponent}`;
  };
}
