import type { CheckText } from './fingerprint';

/** What a fingerprint stands for, part by part. */
export type Parts = Readonly<Record<string, unknown>>;

/** True when both say the same; the order of an object's keys is PostgreSQL's own business. */
export const sameParts = (a: unknown, b: unknown): boolean => inOrder(a) === inOrder(b);

const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? '';

/** What differs between two definitions of one table, in words, most telling first; empty when nothing that data depends on does. */
export function differences(former: Parts, now: Parts): string[] {
  const words: string[] = [];
  for (const part of new Set([...Object.keys(former), ...Object.keys(now)])) {
    const [before, after] = [former[part], now[part]];
    if (sameParts(before, after)) continue;
    if (part === 'columns') words.push(...columnDifferences(before as Column[], after as Column[]));
    else if (part === 'select') words.push(`select: ${firstDifference(String(before), String(after))}`);
    else if (part === 'checks') words.push(...checkDifferences(before as CheckText[], after as CheckText[]));
    else if (part === 'rules') words.push(...ruleDifferences(before as Rule[], after as Rule[]));
    // Where only one of them says it, nothing is known of a difference.
    else if (part === 'reading') {
      const known = before as string[] | undefined;
      const added = ((after ?? []) as string[]).filter((one) => !known?.includes(one));
      if (known && added.length > 0) words.push(`records are read otherwise: ${added.join('; ')}`);
    } else if (part === 'origins') {
      if (before !== undefined && after !== undefined)
        words.push(`order of origins: ${shown(before)} -> ${shown(after)}`);
    } else words.push(`${part}: ${shown(before)} -> ${shown(after)}`);
  }
  return words;
}

type Column = readonly [name: string, ...facts: unknown[]];
type Rule = readonly [label: string, ...facts: unknown[]];

function columnDifferences(before: readonly Column[], after: readonly Column[]): string[] {
  const former = new Map(before.map(([name, ...facts]) => [name, facts]));
  const now = new Map(after.map(([name, ...facts]) => [name, facts]));
  const words = [
    ...[...now.keys()].filter((name) => !former.has(name)).map((name) => `column ${name} is new`),
    ...[...former.keys()].filter((name) => !now.has(name)).map((name) => `column ${name} is dropped`),
    ...[...now].flatMap(([name, facts]) => {
      const old = former.get(name);
      return old && !sameParts(old, facts)
        ? [`column ${name}: ${old.map(shown).join(' ')} -> ${facts.map(shown).join(' ')}`]
        : [];
    }),
  ];
  return words.length > 0 ? words : ['columns: in another order'];
}

function ruleDifferences(before: readonly Rule[], after: readonly Rule[]): string[] {
  const labels = (rules: readonly Rule[]): string[] => rules.map(([label]) => label);
  const words = [
    ...labels(after)
      .filter((label) => !labels(before).includes(label))
      .map((label) => `dead-lettering check ${label} is new`),
    ...labels(before)
      .filter((label) => !labels(after).includes(label))
      .map((label) => `dead-lettering check ${label} is gone`),
  ];
  return words.length > 0 ? words : ['dead-lettering checks: in another order'];
}

function checkDifferences(before: readonly CheckText[] = [], after: readonly CheckText[] = []): string[] {
  const named = (checks: readonly CheckText[], [label]: CheckText): CheckText | undefined =>
    checks.find((check) => check[0] === label);
  return [
    ...after.flatMap((check) => {
      const old = named(before, check);
      if (!old) return [`check ${check[0]} is new`];
      if (old[1] !== check[1]) return [`check ${check[0]}: ${old[1]} -> ${check[1]}`];
      return sameParts(old, check) ? [] : [`check ${check[0]}: ${firstDifference(asked(old), asked(check))}`];
    }),
    ...before.filter((check) => !named(after, check)).map((check) => `check ${check[0]} is gone`),
  ];
}

const asked = ([, , failing, values]: CheckText): string => [failing, ...values].join(' ');

const AROUND = 24;

// Where two texts part and where they meet again, with a little of what is around.
function firstDifference(before: string, after: string): string {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const cut = (text: string): string =>
    `${start > AROUND ? '…' : ''}${text.slice(Math.max(0, start - AROUND), text.length - Math.max(0, end - AROUND))}${end > AROUND ? '…' : ''}`;
  return `${cut(before)}  ->  ${cut(after)}`;
}

const shown = (value: unknown): string =>
  value === null || value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
