import type { Pattern, Range } from '../../model/rules/pattern';

/** One state of the machine: where each character leads. `steps` empty and no `to`: the end. */
interface State {
  /** A character in these ranges leads to `next`; null: nothing is read on the way. */
  readonly ranges: readonly Range[] | null;
  readonly next: number[];
}

/** So many sets of states are kept; a machine that has more forgets them and begins anew. */
const MOST_SETS = 1_000;

/**
 * Asks whether a pattern matches a whole text, in time that is linear in the text whatever the pattern is: all ways are tried at once,
 * and each set of states is worked out once.
 * @see Thompson, Regular expression search algorithm, CACM 1968
 */
export class Automaton {
  private readonly states: State[] = [];
  private sets: { readonly states: readonly number[]; readonly ends: boolean; readonly next: Map<number, number> }[] =
    [];
  private known = new Map<string, number>();
  private readonly end: number;
  private readonly first: number;

  constructor(pattern: Pattern) {
    this.end = this.add(null, []);
    this.first = this.built(pattern, this.end);
  }

  matches(text: string): boolean {
    let set = this.setOf([this.first]);
    for (let at = 0; at < text.length; at++) {
      const point = text.codePointAt(at)!;
      if (point > 0xffff) at++;
      const { next } = this.sets[set]!;
      let to = next.get(point);
      if (to === undefined) {
        to = this.step(set, point);
        if (to === -1) {
          // Too many sets: those known are forgotten, but for where we stand.
          const { states } = this.sets[set]!;
          this.sets = [];
          this.known = new Map();
          to = this.step(this.setOf(states), point);
        } else next.set(point, to);
      }
      if (this.sets[to]!.states.length === 0) return false;
      set = to;
    }
    return this.sets[set]!.ends;
  }

  private step(from: number, point: number): number {
    const { states } = this.sets[from]!;
    if (this.sets.length >= MOST_SETS) return -1;
    return this.setOf(
      states.flatMap((state) => {
        const { ranges, next } = this.states[state]!;
        return ranges !== null && ranges.some(([low, high]) => point >= low && point <= high) ? next : [];
      }),
    );
  }

  // The set of these states and of all that they lead to for nothing.
  private setOf(from: readonly number[]): number {
    const found = new Set<number>();
    const open = [...from];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (found.has(state)) continue;
      found.add(state);
      const { ranges, next } = this.states[state]!;
      if (ranges === null) open.push(...next);
    }
    const states = [...found]
      .filter((state) => state === this.end || this.states[state]!.ranges !== null)
      .sort((a, b) => a - b);
    const name = states.join();
    const known = this.known.get(name);
    if (known !== undefined) return known;
    this.sets.push({ states, ends: states.includes(this.end), next: new Map() });
    this.known.set(name, this.sets.length - 1);
    return this.sets.length - 1;
  }

  private add(ranges: readonly Range[] | null, next: number[]): number {
    this.states.push({ ranges, next });
    return this.states.length - 1;
  }

  // The first state of `pattern`, from which `to` is where it is matched.
  private built(pattern: Pattern, to: number): number {
    switch (pattern.is) {
      case 'set':
        return this.add(pattern.ranges, [to]);
      case 'each':
        return pattern.of.reduceRight((next, one) => this.built(one, next), to);
      case 'either':
        return this.add(
          null,
          pattern.of.map((one) => this.built(one, to)),
        );
      case 'times': {
        const { of, min, max } = pattern;
        let next = to;
        if (max === null) {
          const again = this.add(null, [to]);
          this.states[again]!.next.push(this.built(of, again));
          next = again;
        } else for (let i = min; i < max; i++) next = this.add(null, [to, this.built(of, next)]);
        for (let i = 0; i < min; i++) next = this.built(of, next);
        return next;
      }
    }
  }
}
