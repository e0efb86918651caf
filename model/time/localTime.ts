const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Of a local moment that comes twice, where clocks go back: which. */
export type Ambiguous = 'earlier' | 'later';

/** A span of local time: one offset, none where clocks skipped it, or both where it came twice. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly offsets: readonly number[];
}

/** The clocks of a time zone: finds the moment that they showed a local time at. Local times are milliseconds as if they were UTC's. */
export class LocalTime {
  private readonly format: Intl.DateTimeFormat;
  private readonly years = new Map<number, readonly Span[]>();
  // The span of the last call, where it has one offset: neighbours share theirs.
  private from = Infinity;
  private to = -Infinity;
  private offset = 0;
  /** Of the last call that gave NaN: how often clocks showed it. */
  times = 0;

  /** @throws RangeError for a zone that the tz database does not have */
  constructor(
    zone: string,
    private readonly ambiguous?: Ambiguous,
  ) {
    this.format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' });
  }

  /** Milliseconds since the Unix epoch; NaN for a local time that never was, and for one that was twice where nobody said which. */
  millis(local: number): number {
    if (local >= this.from && local < this.to) return local - this.offset;
    const spans = this.spansOf(new Date(local).getUTCFullYear());
    const span = spans.find(({ to }) => local < to)!;
    const [first, second] = span.offsets;
    if (first !== undefined && second === undefined) {
      [this.from, this.to, this.offset] = [span.from, span.to, first];
      return local - first;
    }
    this.times = span.offsets.length;
    if (first === undefined || !this.ambiguous) return NaN;
    return local - (this.ambiguous === 'earlier' ? Math.max(first, second!) : Math.min(first, second!));
  }

  private spansOf(year: number): readonly Span[] {
    let spans = this.years.get(year);
    if (!spans) this.years.set(year, (spans = this.spans(year)));
    return spans;
  }

  // Over the year and two days around it, since a local year is not UTC's.
  private spans(year: number): Span[] {
    const edge = (of: number): number => new Date(0).setUTCFullYear(of, 0, 1);
    const [start, end] = [edge(year) - 2 * DAY_MS, edge(year + 1) + 2 * DAY_MS];
    const spans: Span[] = [];
    let before = this.offsetAt(start);
    let from = start + before;
    for (let at = start; at < end; at += DAY_MS) {
      if (this.offsetAt(at + DAY_MS) === before) continue;
      const change = this.changeIn(at, at + DAY_MS, before);
      const after = this.offsetAt(change);
      const [to, next] = [change + Math.min(before, after), change + Math.max(before, after)];
      spans.push({ from, to, offsets: [before] });
      spans.push({ from: to, to: next, offsets: after < before ? [before, after] : [] });
      [from, before] = [next, after];
      // A second change of the same day.
      if (this.offsetAt(at + DAY_MS) !== after) at = Math.floor(change / HOUR_MS) * HOUR_MS + HOUR_MS - DAY_MS;
    }
    spans.push({ from, to: end + before, offsets: [before] });
    return spans;
  }

  // The first moment after `low` at which the offset is another; offsets change at whole seconds.
  private changeIn(low: number, high: number, before: number): number {
    while (high - low > 1_000) {
      const middle = Math.floor((low + high) / 2_000) * 1_000;
      if (this.offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  // `2024, GMT+02:00`; before there was standard time, to the second.
  private offsetAt(ms: number): number {
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(this.format.format(ms))!;
    const seconds = Number(match[2] ?? 0) * 3_600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    return (match[1] === '-' ? -1 : 1) * seconds * 1_000;
  }
}
