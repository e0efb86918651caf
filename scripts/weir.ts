import { Command } from 'commander';
import { loadProject } from './session/project';
import { EXIT, printError } from './terminal/errors';
import type { Verb } from './verb';

interface VerbRow {
  readonly usage: string;
  readonly does: string;
  readonly options?: readonly (readonly [flags: string, meaning: string])[];
  readonly example: string;
  // Loaded when asked for, by require: `status` should not wait for what `run` needs.
  readonly load: () => Verb;
}

const WIDTH = ['--width <n>', 'windows at once (8)'] as const;
const MAX_FAILED = [
  '--max-failed <percent>',
  'begin no further window once more than this share has failed, judged from the 20th on (50)',
] as const;

const VERBS: readonly VerbRow[] = [
  {
    usage: 'up',
    does: 'services, schema and a worker, until Ctrl-C; a definition that is saved is taken up',
    example: 'weir up',
    load: () => (require('./commands/up') as typeof import('./commands/up')).up,
  },
  {
    usage: 'run <pipeline> [more...]',
    does: 'one window: land, clean, compute, check, publish (the newest where none is named); of several pipelines, each after those that it reads',
    example: 'weir run flights 2001-01-05',
    load: () => (require('./commands/run') as typeof import('./commands/run')).run,
  },
  {
    usage: 'backfill <pipeline> <range>',
    does: 'the windows of FROM..TO, a child workflow each; those published already run again only with --all',
    options: [
      ['--all', 'every window, published or not'],
      ['--missing', 'only windows never published'],
      ['--failed', 'only failed and held windows'],
      ['--stale', 'only windows whose data, code or checks changed'],
      ['--newest-first', 'newest windows first'],
      [
        '--with <sides>',
        'upstream, downstream, or upstream,downstream: those pipelines too, each after those that it reads',
      ],
      WIDTH,
      MAX_FAILED,
    ],
    example: 'weir backfill flights 2001-01-01..2001-02-01 --width 4',
    load: () => (require('./commands/backfill') as typeof import('./commands/backfill')).backfill,
  },
  {
    usage: 'rerun <pipeline> <range>',
    does: 'every window of FROM..TO again; the same rows are not written again',
    options: [['--newest-first', 'newest windows first'], WIDTH, MAX_FAILED],
    example: 'weir rerun flights 2001-01-05',
    load: () => (require('./commands/backfill') as typeof import('./commands/backfill')).rerun,
  },
  {
    usage: 'pause <pipeline> [range]',
    does: 'a running backfill begins no further window; those that run end first',
    example: 'weir pause flights',
    load: () => (require('./commands/pause') as typeof import('./commands/pause')).pause,
  },
  {
    usage: 'resume <pipeline> [range]',
    does: 'a paused backfill goes on',
    example: 'weir resume flights',
    load: () => (require('./commands/pause') as typeof import('./commands/pause')).resume,
  },
  {
    usage: 'cancel <pipeline> [what]',
    does: 'ends the run of a window, or a backfill: what is under way rolls back, what is published stays',
    example: 'weir cancel flights 2001-01-01..2001-02-01',
    load: () => (require('./commands/cancel') as typeof import('./commands/cancel')).cancel,
  },
  {
    usage: 'plan [pipeline]',
    does: 'what is missing, failed, held, touched or out of date, why, and what it will cost; changes nothing',
    example: 'weir plan flights',
    load: () => (require('./commands/plan') as typeof import('./commands/plan')).plan,
  },
  {
    usage: 'apply <hash> [pipeline]',
    does: 'exactly the plan of this hash: schedules, columns, windows; refuses when things moved since',
    example: 'weir apply 3f2a91c0d7e4',
    load: () => (require('./commands/apply') as typeof import('./commands/apply')).apply,
  },
  {
    usage: 'status [pipeline...]',
    does: 'per pipeline: what is published, missing, failed, held, stale, unchecked, warned of; freshness; accounting',
    example: 'weir status --json',
    load: () => (require('./commands/status') as typeof import('./commands/status')).status,
  },
  {
    usage: 'freshness [pipeline...]',
    does: 'whether promises are kept: age of the newest window, complete until, next due',
    example: 'weir freshness flights',
    load: () => (require('./commands/freshness') as typeof import('./commands/freshness')).freshness,
  },
  {
    usage: 'accept <pipeline> <range>',
    does: 'windows that nobody will fill stay missing, and freshness counts them as filled',
    options: [
      ['--why <text>', 'kept with the decision'],
      ['--undo', 'takes it back'],
    ],
    example: "weir accept orders 2024-05-01T03 --why 'the shop was closed'",
    load: () => (require('./commands/accept') as typeof import('./commands/accept')).accept,
  },
  {
    usage: 'windows <pipeline> [range]',
    does: 'windows and how they stand',
    options: [
      ['--missing', 'never published'],
      ['--failed', 'failed or held'],
      ['--stale', 'data, code or checks changed since'],
    ],
    example: 'weir windows flights --missing',
    load: () => (require('./commands/windows') as typeof import('./commands/windows')).windows,
  },
  {
    usage: 'show <pipeline> <window>',
    does: 'one window: runs, steps, checks, deliveries, dead letters, what to do next',
    example: 'weir show flights 2001-01-05',
    load: () => (require('./commands/show') as typeof import('./commands/show')).show,
  },
  {
    usage: 'origins <pipeline>',
    does: 'what the source named: its state, the version known, the delivery that counts',
    example: 'weir origins flights',
    load: () => (require('./commands/origins') as typeof import('./commands/origins')).origins,
  },
  {
    usage: 'move <pipeline> <old> <new>',
    does: 'the same files under another path, or pattern with {date}: they keep their deliveries',
    options: [['--why <text>', 'kept with the decision']],
    example: "weir move sales 'inbox/{date}.csv' 'archive/{date}.csv'",
    load: () => (require('./commands/move') as typeof import('./commands/move')).move,
  },
  {
    usage: 'retire <pipeline> <origin...>',
    does: 'rows of these origins count no more; raw keeps the bytes',
    options: [
      ['--undo', 'they count again, cleaned from raw'],
      ['--why <text>', 'kept with the decision'],
    ],
    example: "weir retire sales inbox/2024-05-01.csv --why 'sent twice'",
    load: () => (require('./commands/retire') as typeof import('./commands/retire')).retire,
  },
  {
    usage: 'dead-letters <pipeline>',
    does: 'records set aside, with reason, value and bytes',
    options: [
      ['--by <what>', 'counts by reason, column or window'],
      ['--window <w>', 'one window only; none: those without one'],
      ['--limit <n>', 'at most n (20)'],
    ],
    example: 'weir dead-letters flights --by reason',
    load: () => (require('./commands/deadLetters') as typeof import('./commands/deadLetters')).deadLetters,
  },
  {
    usage: 'digest <table>',
    does: 'count and digest of a published, curated or cleaned table: same digest, same rows',
    options: [
      ['--window <w>', 'one window'],
      ['--by-window', 'each window'],
    ],
    example: 'weir digest marts.airport_daily --by-window',
    load: () => (require('./commands/digest') as typeof import('./commands/digest')).digest,
  },
  {
    usage: 'verify <pipeline> [range]',
    does: 'recompute from raw by the plain reference path and compare',
    example: 'weir verify flights 2001-01-05..2001-01-08',
    load: () => (require('./commands/verify') as typeof import('./commands/verify')).verify,
  },
  {
    usage: 'reclean <pipeline> <what>',
    does: 'clean a delivery, or those with records in FROM..TO, again from raw: heals damaged rows and dead letters',
    options: [['--why <text>', 'kept with the decision']],
    example: 'weir reclean flights 2001-01-05..2001-01-08',
    load: () => (require('./commands/reclean') as typeof import('./commands/reclean')).recleanDeliveries,
  },
  {
    usage: 'check [pipeline]',
    does: 'definitions against a real PostgreSQL: every select, its columns and types, every check',
    example: 'weir check',
    load: () => (require('./commands/check') as typeof import('./commands/check')).check,
  },
  {
    usage: 'contract <pipeline>',
    does: 'what a source promises: columns, types, nulls, format; --check cleans a sample file, without a database',
    options: [
      ['--check <file>', 'rows, dead letters and their reasons, and whether their gate would close (exit 3)'],
      ['--table <table>', 'one table of the pipeline; files are read into its cleaned one'],
    ],
    example: 'weir contract airports --check airports-new.csv',
    load: () => (require('./commands/contract') as typeof import('./commands/contract')).contract,
  },
  {
    usage: 'doctor',
    does: 'what is wrong here: workers, schedules, promises, what a server lacks; each with its fix',
    example: 'weir doctor',
    load: () => (require('./commands/doctor') as typeof import('./commands/doctor')).doctor,
  },
  {
    usage: 'migrate',
    does: "the ledger's schema to this code's version",
    example: 'weir migrate',
    load: () => (require('./commands/migrate') as typeof import('./commands/migrate')).migrateSchema,
  },
  {
    usage: 'worker',
    does: 'serve the task queues until SIGTERM, then drain',
    example: 'weir worker',
    load: () => (require('./commands/worker') as typeof import('./commands/worker')).worker,
  },
];

/** The command line: one verb, one file. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('weir')
    .description('Data pipelines you can rerun without fear.')
    .option('--json', 'for machines: one object, or one a line')
    .option('--debug', 'with the stack of an error')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError();
  for (const row of VERBS) {
    const command = program
      .command(row.usage)
      .description(row.does)
      .addHelpText('after', `\nExample:\n  ${row.example}`)
      .exitOverride();
    for (const [flags, meaning] of row.options ?? []) command.option(flags, meaning);
    command.action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      const verb = row.load();
      process.exitCode = (await verb(self.args, self.optsWithGlobals(), loadProject())) ?? EXIT.done;
    });
    // Global flags are understood behind the verb too.
    command.option('--json').option('--debug');
  }
  const options = { json: argv.includes('--json'), debug: argv.includes('--debug') };
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    const { code, exitCode } = error as { code?: string; exitCode?: number };
    if (code?.startsWith('commander.')) process.exitCode = exitCode === 0 ? EXIT.done : EXIT.misused;
    else process.exitCode = printError(error, options);
  }
}

void main(process.argv.slice(2));
