import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { Misused } from '../model/run/errors';
import { durationMs } from '../model/time/time';

/** Settings of a worker, from the environment; each takes effect when a process starts. */
export interface Config {
  readonly home: string;
  readonly poolMax: number;
  readonly freshSlots: number;
  readonly backfillSlots: number;
  readonly maxCachedWorkflows: number;
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
  readonly deployment: string;
  /** Empty: workers of any code share the queues, and each refuses the steps whose code it has not. */
  readonly buildId: string;
  /** Empty: that of the embedded dev server, or not known. */
  readonly webUi: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

type Environment = Readonly<Record<string, string | undefined>>;

interface Setting<T> {
  readonly name: string;
  readonly unit: string;
  readonly default: string;
  readonly meaning: string;
  readonly read: z.ZodType<T, string>;
}

const whole = (min: number, max: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .refine((n) => n >= min && n <= max, `is not between ${min} and ${max}`);

const duration: z.ZodType<number, string> = z
  .string()
  .regex(/^[1-9]\d*[smh]$/, 'is not a duration: write 20s, 5m, 1h')
  .transform(durationMs);

// Temporal joins the two with a dot.
const versionWord = z.string().regex(/^[\w-]{1,200}$/, 'is not made of letters, digits, _ and - alone');

/** The one table of settings: name, unit, default, meaning. */
export const SETTINGS: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  home: {
    name: 'WEIR_HOME',
    unit: 'folder',
    default: '.weir',
    meaning: 'where embedded services, bundles and logs live',
    read: z.string().min(1, 'is empty'),
  },
  poolMax: {
    name: 'WEIR_POOL_MAX',
    unit: 'connections',
    default: '14',
    meaning: 'connections to PostgreSQL of one process; at least both kinds of slots and 2',
    read: whole(4, 1_000),
  },
  freshSlots: {
    name: 'WEIR_FRESH_SLOTS',
    unit: 'steps at once',
    default: '4',
    meaning: 'steps of schedules, single runs and repairs that one process works on at once',
    read: whole(1, 500),
  },
  backfillSlots: {
    name: 'WEIR_BACKFILL_SLOTS',
    unit: 'steps at once',
    default: '8',
    meaning: 'steps of backfills and reruns that one process works on at once',
    read: whole(1, 500),
  },
  maxCachedWorkflows: {
    name: 'WEIR_MAX_CACHED_WORKFLOWS',
    unit: 'workflows',
    default: '200',
    meaning: 'runs kept in memory between their steps; 0 plays each from its history every time',
    read: whole(0, 10_000),
  },
  shutdownGraceMs: {
    name: 'WEIR_SHUTDOWN_GRACE',
    unit: 'duration',
    default: '20s',
    meaning: 'how long steps may go on after a worker was asked to stop; then they are rolled back and tried elsewhere',
    read: duration,
  },
  logLevel: {
    name: 'WEIR_LOG',
    unit: 'level',
    default: 'warn',
    meaning: 'what a worker says on stderr: debug, info, warn or error',
    read: z.enum(['debug', 'info', 'warn', 'error'], 'is none of debug, info, warn, error'),
  },
  deployment: {
    name: 'WEIR_DEPLOYMENT',
    unit: 'name',
    default: 'weir',
    meaning: 'the Worker Deployment that WEIR_BUILD_ID is a version of',
    read: versionWord,
  },
  buildId: {
    name: 'WEIR_BUILD_ID',
    unit: 'name',
    default: '',
    meaning: "turns Temporal's worker versioning on: a run stays with the build that began it; a commit's hash, say",
    read: versionWord.or(z.literal('')),
  },
  webUi: {
    name: 'WEIR_WEB_UI',
    unit: 'URL',
    default: '',
    meaning: "where Temporal's Web UI is, for the links that up and doctor print; the embedded one is known",
    read: z
      .string()
      .regex(/^https?:\/\/\S+$/, 'is no URL: write https://temporal.example')
      .or(z.literal('')),
  },
};

/** Slots that are not steps: one connection cancels statements, one keeps the ledger. */
const SPARE_CONNECTIONS = 2;
/** Read elsewhere: by tests and benches, and to find the Temporal CLI. */
const ELSEWHERE = /^WEIR_(TEST|BENCH)_|^WEIR_TEMPORAL_CLI_PATH$/;

/** The folder of WEIR_HOME alone: for who must go on where another setting is bad. @throws Misused for a bad value. */
export const homeFolder = (env: Environment): string => readSetting(SETTINGS.home, env[SETTINGS.home.name]);

/** The settings in `env`. @throws Misused for a bad value or a name that nothing reads, with the near miss. */
export function loadConfig(env: Environment): Config {
  refuseUnknown(env);
  const config = Object.fromEntries(
    Object.entries(SETTINGS).map(([field, setting]) => [field, readSetting<unknown>(setting, env[setting.name])]),
  ) as unknown as Config;
  const needed = config.freshSlots + config.backfillSlots + SPARE_CONNECTIONS;
  if (needed > config.poolMax) {
    throw new Misused(
      `WEIR_POOL_MAX=${config.poolMax} is too small for ${config.freshSlots} fresh and ${config.backfillSlots} backfill slots`,
      { next: `set WEIR_POOL_MAX to ${needed} or more, or take slots away` },
    );
  }
  return config;
}

function readSetting<T>(setting: Setting<T>, given: string | undefined): T {
  const read = setting.read.safeParse(given ?? setting.default);
  if (read.success) return read.data;
  throw new Misused(`${setting.name}=${JSON.stringify(given)} ${read.error.issues[0]?.message}`, {
    next: `${setting.name} is ${setting.meaning} (${setting.unit}, ${setting.default} when unset)`,
  });
}

function refuseUnknown(env: Environment): void {
  const known = Object.values(SETTINGS).map(({ name }) => name);
  for (const name of Object.keys(env)) {
    if (!name.startsWith('WEIR_') || known.includes(name) || ELSEWHERE.test(name)) continue;
    const near = closest(name, known);
    const meant = distance(name, near) <= 5 ? `, did you mean ${near}?` : '';
    throw new Misused(`unknown setting ${name}${meant} (${known.join(', ')})`);
  }
}
