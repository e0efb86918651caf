import type { Window } from './window';

/** `windows` with neighbours joined, oldest first: a month of days is one span. */
export function spans(windows: readonly Window[]): Window[] {
  const joined: { start: Window['start']; end: Window['end'] }[] = [];
  for (const window of [...windows].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = joined.at(-1);
    if (last && last.end === window.start) last.end = window.end;
    else joined.push({ start: window.start, end: window.end });
  }
  return joined;
}
