import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Rendered } from '../../model/definition/sql';
import { classify } from './errors';
import { failpoint, isWrite } from './failpoints';

/** A row as pg gives it: bigint, numeric and timestamptz arrive as text, so nothing loses a digit. */
export type Fields = Record<string, unknown>;

// Text for everything that JavaScript would bend (int8 20, numeric 1700, date 1082, timestamp 1114); a timestamptz (1184) as an Instant.
const AS_TEXT = [20, 1700, 1082, 1114];
const TIMESTAMPTZ = 1184;
const instantText = (value: string): string => value.replace(' ', 'T').replace(/\+00$/, 'Z');
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === TIMESTAMPTZ) return instantText;
    return AS_TEXT.includes(oid) ? (value: unknown) => value : pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

/** What every session of ours has, whatever the server's defaults are. */
const SESSION_SETTINGS = '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c synchronous_commit=on';

/** Who a transaction works for; shown in pg_stat_activity, and how a successor finds a zombie's session. */
export interface Holder {
  /** `w:flights/2001-01-05` or `o:flights/FILE`. */
  readonly what: string;
  readonly epoch: number;
  readonly step: number;
  readonly attempt: number;
}

export interface TxOptions {
  readonly isolation?: 'read committed' | 'repeatable read';
  readonly holder?: Holder;
  /** Aborting it cancels the running statement and rolls back. */
  readonly signal?: AbortSignal;
  readonly lockTimeoutMs?: number;
}

/** A pool on one PostgreSQL; every statement of the product goes through `query` or a `tx`. */
export class Database {
  private constructor(
    readonly url: string,
    readonly pool: pg.Pool,
  ) {}

  static open(url: string, options: { max?: number; name?: string; settings?: 'as served' } = {}): Database {
    const pool = new pg.Pool({
      connectionString: url,
      max: options.max ?? 10,
      application_name: options.name ?? 'weir',
      connectionTimeoutMillis: 10_000,
      types,
      ...(options.settings !== 'as served' && { options: SESSION_SETTINGS }),
    });
    // An idle connection that dies (a restart of PostgreSQL) is replaced at its next use; without a listener it would end the process.
    pool.on('error', () => undefined);
    return new Database(url, pool);
  }

  async query<R extends object = Fields>(query: string | Rendered, values?: unknown[]): Promise<R[]> {
    try {
      if (globalThis.WEIR_FAILPOINTS && isWrite(textOf(query))) failpoint.at({ side: 'before', what: textOf(query) });
      const { rows } = await this.pool.query<R & pg.QueryResultRow>(textOf(query), valuesOf(query, values));
      if (globalThis.WEIR_FAILPOINTS && isWrite(textOf(query))) failpoint.at({ side: 'after', what: textOf(query) });
      return rows;
    } catch (error) {
      throw classify(error);
    }
  }

  /** Runs `body` in one transaction; any throw rolls it back. */
  async tx<T>(body: (tx: Tx) => Promise<T>, options: TxOptions = {}): Promise<T> {
    options.signal?.throwIfAborted();
    let client: pg.PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      throw classify(error);
    }
    let broken: Error | undefined;
    const onError = (error: Error): void => void (broken = error);
    client.on('error', onError);
    const cancel = (): void => void this.cancelBackend((client as unknown as { processID: number }).processID);
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const lockTimeout =
        options.lockTimeoutMs === undefined ? '' : `; set local lock_timeout = ${Math.round(options.lockTimeoutMs)}`;
      const name = options.holder ? `; set local application_name = '${sessionName(options.holder)}'` : '';
      // A commit that was answered must be there after a crash, whatever the server's default is.
      await client.query(
        `begin isolation level ${options.isolation ?? 'read committed'}; set local synchronous_commit = on${lockTimeout}${name}`,
      );
      const result = await body(new Tx(client));
      options.signal?.throwIfAborted();
      if (globalThis.WEIR_FAILPOINTS) failpoint.at({ side: 'before', what: options.holder?.what ?? body.name });
      await client.query('commit');
      if (globalThis.WEIR_FAILPOINTS) failpoint.at({ side: 'after', what: options.holder?.what ?? body.name });
      return result;
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => (broken = failure));
      if (options.signal?.aborted) throw options.signal.reason;
      throw classify(error);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
      client.off('error', onError);
      client.release(broken);
    }
  }

  /** The answer of `body`, whose transaction is rolled back whatever happens: for looking at what must not stay. */
  async rolledBack<T>(body: (tx: Tx) => Promise<T>, options: TxOptions = {}): Promise<T> {
    let answer: { value: T } | undefined;
    const done = new Error('rolled back as planned');
    try {
      await this.tx(async (tx) => {
        answer = { value: await body(tx) };
        throw done;
      }, options);
    } catch (error) {
      if (error !== done) throw error;
    }
    return answer!.value;
  }

  /**
   * Ends the sessions of older holders of `what`: a stopped process that still has a transaction open would make its successor wait for ever.
   * Older means a smaller (epoch, step, attempt). Returns how many were ended.
   */
  endOlder(holder: Holder): Promise<number> {
    return this.endSessions(holder.what, (other) => isOlder(other, holder));
  }

  /** Ends the sessions that work on `what` and for which `shouldEnd` holds; how many. */
  async endSessions(what: string, shouldEnd: (other: Omit<Holder, 'what'>) => boolean): Promise<number> {
    const rows = await this.query<{ pid: number; application_name: string }>(
      `select pid, application_name from pg_stat_activity where application_name like $1 and datname = current_database() and pid <> pg_backend_pid()`,
      [`${sessionPrefix(what)}%`],
    );
    const ended = rows.filter((row) => {
      const [epoch, step, attempt] = row.application_name.split(' ').at(-1)!.split('.').map(Number);
      return shouldEnd({ epoch: epoch!, step: step!, attempt: attempt! });
    });
    for (const { pid } of ended) await this.query('select pg_terminate_backend($1)', [pid]);
    return ended.length;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async cancelBackend(pid: number): Promise<void> {
    // Another connection: the one to be cancelled is busy. Failing is harmless, the statement then ends by itself.
    await this.pool.query('select pg_cancel_backend($1)', [pid]).catch(() => undefined);
  }
}

/** One open transaction. */
export class Tx {
  constructor(readonly client: pg.PoolClient) {}

  async query<R extends object = Fields>(query: string | Rendered, values?: unknown[]): Promise<R[]> {
    return (await this.client.query<R & pg.QueryResultRow>(textOf(query), valuesOf(query, values))).rows;
  }

  /** Runs a write; the number of rows it changed. */
  async run(query: string | Rendered, values?: unknown[]): Promise<number> {
    return (await this.client.query(textOf(query), valuesOf(query, values))).rowCount ?? 0;
  }
}

const textOf = (query: string | Rendered): string => (typeof query === 'string' ? query : query.text);
const valuesOf = (query: string | Rendered, values?: unknown[]): unknown[] | undefined =>
  typeof query === 'string' ? values : query.values;

// application_name holds 63 bytes, so what is held goes in as a hash.
const sessionPrefix = (what: string): string => `weir ${createHash('sha256').update(what).digest('hex').slice(0, 16)} `;
const sessionName = (holder: Holder): string =>
  `${sessionPrefix(holder.what)}${holder.epoch}.${holder.step}.${holder.attempt}`;

function isOlder(a: Omit<Holder, 'what'>, b: Omit<Holder, 'what'>): boolean {
  return a.epoch !== b.epoch ? a.epoch < b.epoch : a.step !== b.step ? a.step < b.step : a.attempt < b.attempt;
}
