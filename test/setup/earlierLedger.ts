import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pipeline } from '../../model';
import { Database } from '../../store/postgres/database';
import { pipelines } from '../fixtures/ledger-a1c96b4/pipelines';
import { EARLIER } from '../fixtures/ledger-a1c96b4/sql';

const FOLDER = join(__dirname, '..', 'fixtures', 'ledger-a1c96b4');

/** What a1c96b4 said of one pipeline of its ledger. */
export interface SaidOfPipeline {
  readonly code: Readonly<Record<string, string>>;
  readonly windowCode: string;
  readonly standings: readonly object[];
  readonly tally: object;
  readonly plan: { readonly windows: object };
  readonly accounting: object;
  readonly digests: Readonly<Record<string, string>>;
  readonly byWindow: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly verify: { readonly equal: readonly string[]; readonly wrong: readonly object[]; readonly missing: number };
}

/** A ledger that an earlier version made: its schema is migrated, its rows are as they were left. */
export interface EarlierLedger {
  readonly database: Database;
  /** Its pipelines, as they are defined now. */
  readonly register: readonly Pipeline[];
  /** What the earlier version said of it, at `now`. */
  readonly expected: { readonly now: string; readonly pipelines: Readonly<Record<string, SaidOfPipeline>> };
  close(): Promise<void>;
}

/** The ledger of test/fixtures/ledger-a1c96b4, in a database of its own. */
export async function earlierLedger(): Promise<EarlierLedger> {
  const base = process.env['WEIR_TEST_DATABASE_URL']!;
  const name = `weir_earlier_${randomBytes(6).toString('hex')}`;
  const admin = Database.open(base, { max: 1 });
  await admin.query(`create database ${name} template ${EARLIER}`);
  const url = new URL(base);
  url.pathname = `/${name}`;
  const database = Database.open(url.href, { max: 6 });
  return {
    database,
    register: pipelines,
    expected: JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as EarlierLedger['expected'],
    async close() {
      await database.close();
      await admin.query(`drop database ${name} with (force)`);
      await admin.close();
    },
  };
}
