import { Context } from '@temporalio/activity';
import type { Gate } from '../../model/run/gate';
import type { Outcome } from '../../model/run/outcome';
import type { RunRequest } from '../../model/run/request';
import type { Activities } from '../../model/run/steps';
import { spans } from '../../model/time/spans';
import { rangeName, split, windowAt, windowName } from '../../model/time/window';
import { plan } from './requests';

/** One activity call as it arrived. */
export interface Call {
  readonly name: keyof Activities;
  /** The window, range or table it is about. */
  readonly about: string;
  readonly step?: number;
  readonly attempt: number;
  readonly queue: string;
}

type Behaviour = { [K in keyof Activities]?: (input: Parameters<Activities[K]>[0], attempt: number) => unknown };

/**
 * The activities' contract in memory: what it remembers of windows decides `pageBackfill` and `owedWindow`, as the real ledger's
 * does. A test makes single activities behave (`on`); one that returns undefined falls through to the usual.
 */
export class MemoryLedger {
  readonly calls: Call[] = [];
  readonly windows = new Map<string, { state: string; epoch: number }>();
  readonly backfills: { epoch: number; state: string; done?: number; failed?: number; error?: string }[] = [];
  on: Behaviour = {};
  /** Windows that a backfill's own deliveries touched; each runs once more, and is stale no longer. */
  touched: string[] = [];
  private readonly published = new Set<string>();
  private readonly claims = new Map<string, number>();
  private epoch = 0;

  /** The calls as short texts, `refresh airport_daily`, in the order in which they arrived. */
  said(...names: (keyof Activities)[]): string[] {
    return this.calls
      .filter(({ name }) => names.length === 0 || names.includes(name))
      .map(({ name, about }) => `${name} ${about}`);
  }

  readonly activities: Activities = {
    claim: (order) =>
      this.answer('claim', windowName(order.window), order, () => {
        this.take(order);
        return { order, epoch: this.epochOfRun() };
      }),
    ingest: (call) =>
      this.answer('ingest', rangeName(call.claim.order.window).replace(/\.\..*/, ''), call, () => ({
        deliveries: 1,
        landedRecords: 1_200,
        rows: 1_100,
        deadLetters: 3,
      })),
    refresh: (call) => this.answer('refresh', call.table, call, () => openGate(call.table)),
    hold: (call) =>
      this.answer('hold', windowName(call.claim.order.window), call, () => {
        this.settle(call.claim.order, 'held');
        return { ...outcome(call.claim.order), state: 'held' as const, gate: call.gate };
      }),
    publish: (call) =>
      this.answer('publish', windowName(call.claim.order.window), call, () => {
        // The second time it has seen what touched it.
        const name = windowName(call.claim.order.window);
        if (this.stateOf(name) === 'published' || this.published.has(name))
          this.touched = this.touched.filter((one) => one !== name);
        this.published.add(name);
        this.settle(call.claim.order, 'published');
        return outcome(call.claim.order);
      }),
    close: (call) =>
      this.answer('close', `${windowName(call.claim.order.window)} ${call.state}: ${call.error}`, call, () =>
        this.settle(call.claim.order, call.state),
      ),
    openBackfill: (order) =>
      this.answer('openBackfill', rangeName(order.range), order, () => {
        const epoch = this.epochOfRun();
        this.backfills.push({ epoch, state: 'running' });
        return { epoch, windows: split(order.plan.grain, order.range).length };
      }),
    pageBackfill: (call) =>
      this.answer('pageBackfill', call.after ?? 'the beginning', call, () => {
        const { order, after, limit } = call;
        const all = split(order.plan.grain, order.range).filter(
          (window) => !call.again || this.touched.includes(windowName(window)),
        );
        if (order.newestFirst) all.reverse();
        const rest = all.slice(after === null ? 0 : all.findIndex(({ start }) => start === after) + 1);
        const page = rest.slice(0, limit);
        return {
          spans: spans(page),
          windows: page.length,
          next: rest.length > limit ? page.at(-1)!.start : null,
        };
      }),
    staleWindows: (call) =>
      this.answer('staleWindows', rangeName(call.order.range), call, () => ({
        windows: this.touched.length,
        again: this.touched.length,
        first: this.touched.slice(0, 5),
      })),
    owedWindow: (call) =>
      this.answer('owedWindow', windowName(call.window), call, async () => {
        while (this.stateOf(windowName(call.window)) === 'running') await soon();
        return this.stateOf(windowName(call.window)) !== 'published';
      }),
    dueWindows: (call) =>
      this.answer('dueWindows', call.nominal, call, () => ({
        plan,
        epoch: this.epoch,
        windows: [windowAt('1d', call.nominal)],
      })),
    finishBackfill: (call) =>
      this.answer('finishBackfill', call.state, call, () => {
        Object.assign(
          this.backfills.find(({ epoch }) => epoch === call.epoch)!,
          call,
        );
      }),
  };

  stateOf(window: string): string | undefined {
    return this.windows.get(window)?.state;
  }

  private async answer<T>(name: keyof Activities, about: string, input: unknown, usual: () => T): Promise<Awaited<T>> {
    const { attempt, taskQueue } = Context.current().info;
    const { step } = input as { step?: number };
    this.calls.push({ name, about, attempt, queue: taskQueue, ...(step !== undefined && { step }) });
    const made = await (this.on[name] as ((input: unknown, attempt: number) => unknown) | undefined)?.(input, attempt);
    return (made ?? (await usual())) as Awaited<T>;
  }

  private epochOfRun(): number {
    const { workflowId, runId } = Context.current().info.workflowExecution!;
    const key = `${workflowId} ${runId}`;
    if (!this.claims.has(key)) this.claims.set(key, ++this.epoch);
    return this.claims.get(key)!;
  }

  private take({ window }: RunRequest): void {
    this.windows.set(windowName(window), { state: 'running', epoch: this.epochOfRun() });
  }

  private settle({ window }: RunRequest, state: string): void {
    this.windows.set(windowName(window), { state, epoch: this.epochOfRun() });
  }
}

export const openGate = (table: string): Gate => ({ table, closed: false, rows: 1_100, checks: 2, failed: [] });

export const closedGate = (table: string): Gate => ({
  table,
  closed: true,
  rows: 1_100,
  checks: 2,
  failed: [
    { check: 'unique(flight_date, origin)', severity: 'error', rows: 2, sample: ['2001-01-05 ATL', '2001-01-05 ORD'] },
    { check: 'between(avg_delay, -60, 240)', severity: 'warn', rows: 1, sample: ['2001-01-05 SFO 999'] },
  ],
});

export const outcome = (order: RunRequest): Outcome => ({
  pipeline: order.plan.pipeline,
  window: windowName(order.window),
  state: 'published',
  rows: 1_100,
  written: 7,
  digest: 'f00d',
});

/** A turn of the event loop and then some: for waiting until another activity has moved. */
export const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** Works until it is cancelled, beating as real activities do; then tells `rolledBack` and ends as cancelled. */
export async function untilCancelled(rolledBack: () => void): Promise<never> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 20);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(beat);
    rolledBack();
  }
}
