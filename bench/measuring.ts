import { readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/**
 * Runs `things` in turn, A B A B …, `rounds` times after one warm-up, so that a machine whose speed drifts drifts for all of them.
 * Each returns its milliseconds, so that set-up is not counted.
 */
export async function interleaved(
  things: readonly { name: string; run: () => Promise<number | Record<string, number>> }[],
  rounds: number,
): Promise<Map<string, number[]>> {
  const results = new Map<string, number[]>();
  for (let round = -1; round < rounds; round++) {
    for (const thing of things) {
      const answer = await thing.run();
      const parts = typeof answer === 'number' ? { '': answer } : answer;
      for (const [part, ms] of Object.entries(parts)) {
        const name = part ? `${thing.name} ${part}` : thing.name;
        if (round >= 0) results.set(name, [...(results.get(name) ?? []), ms]);
      }
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  return results;
}

/** A bar: `of` over `limit`, pair by pair, against `bar`. */
export interface Ratio {
  readonly measure: string;
  readonly of: readonly number[];
  readonly limit: readonly number[];
  readonly bar: number;
  readonly stretch?: number;
}

export function ratioLine({ measure, of, limit, bar, stretch }: Ratio): string[] {
  const ratios = of.map((ms, i) => ms / limit[i]!);
  const now = median(ratios);
  return [
    measure,
    `${median(of).toFixed(0)} ms`,
    `${median(limit).toFixed(0)} ms`,
    now.toFixed(2),
    `${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)}`,
    `<= ${bar}${stretch === undefined ? '' : ` (${stretch})`}`,
    now <= bar ? 'holds' : 'MISSED',
  ];
}

/** The machine and versions a number belongs to. */
export function machine(postgres: string): string {
  const cpus = os.cpus();
  return `${cpus.length} cores (${cpus[0]?.model.trim() ?? 'unknown'}), ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}, ${postgres}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [head, ...rows]
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('   '))
    .join('\n');
}

const TICKS_PER_SECOND = 100;

/** The postmaster of backend `pid`; null where the server is on another machine, or there is no /proc. */
export function postmasterOf(pid: number): number | null {
  try {
    return statOf(pid).parent;
  } catch {
    return null;
  }
}

/** Seconds of processor that the server under `postmaster` has used: itself, all that it started, and those of them that ended. */
export function serverSeconds(postmaster: number | null): number | null {
  if (postmaster === null) return null;
  try {
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          return [statOf(Number(name))];
        } catch {
          return [];
        }
      })
      .filter(({ parent }) => parent === postmaster);
    const { own, ended } = statOf(postmaster);
    return (own + ended + children.reduce((sum, child) => sum + child.own, 0)) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

// Fields of proc(5), counted from the one behind the name, which may hold blanks: state, ppid, …, utime (11), stime, cutime, cstime.
function statOf(pid: number): { parent: number; own: number; ended: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ').map(Number);
  return { parent: fields[1]!, own: fields[11]! + fields[12]!, ended: fields[13]! + fields[14]! };
}
