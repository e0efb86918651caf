import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { Unavailable } from '../../model/run/errors';
import { answers, assertAnswers } from '../../store/postgres/server';
import { startPostgres } from './postgres';
import { isAlive } from './processes';
import { startTemporal, temporalAnswers } from './temporal';

export type Need = 'postgres' | 'temporal';

/** Where PostgreSQL and Temporal are, whoever started them. */
export interface Services {
  readonly databaseUrl: string;
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly uiUrl?: string;
    readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  };
  /** Those that this process started and `close` will stop. */
  readonly started: readonly Need[];
  close(): Promise<void>;
}

interface Recorded {
  readonly pid: number;
  readonly databaseUrl?: string;
  readonly temporal?: { readonly address: string; readonly namespace: string; readonly uiUrl: string };
}

/**
 * What the environment gives (DATABASE_URL, TEMPORAL_ADDRESS) is used and never started; else what another command of this project
 * has running is shared; else the embedded ones are started, and stopped by `close`.
 */
export async function openServices(options: { home: string; need: readonly Need[] }): Promise<Services> {
  const { home, need } = options;
  mkdirSync(home, { recursive: true });
  const file = path.join(home, 'services.json');
  const release = await lock(path.join(home, 'services.lock'));
  const started: Need[] = [];
  const closers: (() => Promise<void>)[] = [];
  try {
    const shared = await running(file);
    const mine: { -readonly [K in keyof Recorded]: Recorded[K] } = { pid: process.pid };
    let databaseUrl = process.env['DATABASE_URL'] ?? shared?.databaseUrl;
    if (!databaseUrl && need.includes('postgres')) {
      const postgres = await startPostgres({ home });
      closers.push(() => postgres.stop());
      started.push('postgres');
      databaseUrl = mine.databaseUrl = postgres.url;
    } else if (process.env['DATABASE_URL'] && need.includes('postgres'))
      await assertAnswers(process.env['DATABASE_URL']);
    let temporal = (await givenTemporal()) ?? (shared?.temporal && withOptions(shared.temporal));
    if (!temporal && need.includes('temporal')) {
      const server = await startTemporal({ home });
      closers.push(() => server.stop());
      started.push('temporal');
      mine.temporal = { address: server.address, namespace: server.namespace, uiUrl: server.uiUrl };
      temporal = withOptions(mine.temporal);
    } else if (temporal && !shared?.temporal && need.includes('temporal')) await assertTemporal(temporal.address);
    if (started.length > 0) {
      writeFileSync(
        file,
        JSON.stringify({
          ...mine,
          databaseUrl,
          ...(temporal && {
            temporal: { address: temporal.address, namespace: temporal.namespace, uiUrl: temporal.uiUrl },
          }),
        }),
        { mode: 0o600 },
      );
      closers.push(() => Promise.resolve(rmSync(file, { force: true })));
    }
    return {
      databaseUrl: databaseUrl ?? '',
      temporal: temporal ?? { address: '', namespace: 'default', connectionOptions: {} },
      started,
      close: async () => {
        for (const close of closers.splice(0).reverse()) await close();
      },
    };
  } catch (error) {
    for (const close of closers.reverse()) await close();
    throw error;
  } finally {
    release();
  }
}

const withOptions = (temporal: { address: string; namespace: string; uiUrl?: string }): Services['temporal'] => ({
  ...temporal,
  connectionOptions: { address: temporal.address },
});

// Services that a living process of this project started and that answer.
async function running(file: string): Promise<Recorded | null> {
  if (!existsSync(file)) return null;
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  if (!isAlive(recorded.pid)) return null;
  return {
    pid: recorded.pid,
    ...(recorded.databaseUrl && (await answers(recorded.databaseUrl)) && { databaseUrl: recorded.databaseUrl }),
    ...(recorded.temporal && (await temporalAnswers(recorded.temporal.address)) && { temporal: recorded.temporal }),
  };
}

async function givenTemporal(): Promise<Services['temporal'] | undefined> {
  if (!process.env['TEMPORAL_ADDRESS'] && !process.env['TEMPORAL_PROFILE']) return undefined;
  const { loadClientConnectConfig } = await import('@temporalio/envconfig');
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const uiUrl = process.env['WEIR_WEB_UI'];
  return {
    address: connectionOptions.address ?? 'localhost:7233',
    namespace: namespace ?? 'default',
    ...(uiUrl && { uiUrl }),
    connectionOptions,
  };
}

async function assertTemporal(address: string): Promise<void> {
  if (await temporalAnswers(address)) return;
  throw new Unavailable(`Temporal is not reachable at ${address}`, {
    next: 'start it or fix TEMPORAL_ADDRESS (unset, an embedded one is started)',
    stillTrue: 'the ledger and what is published are untouched',
  });
}

// Two commands that start at one moment must not both make a data directory.
async function lock(file: string): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(existsSync(file) ? readFileSync(file, 'utf8') : 0);
      if (holder && !isAlive(holder)) rmSync(file, { force: true });
      await wait(100);
    }
  }
}
