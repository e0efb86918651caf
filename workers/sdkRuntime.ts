import type { LogEntry, LogLevel as SdkLevel } from '@temporalio/worker';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { LogLevel } from './config';

let installed = false;

/** Each of our three workers serves one kind of task; the SDK finds that worth a warning. */
const BY_DESIGN = /^No (activities|workflows) registered/;

/** Sets up Temporal's native part, once in a process and before anything connects. It logs little and handles no signals: the caller does. */
export function installRuntime(level: LogLevel): void {
  if (installed) return;
  installed = true;
  const shown = level.toUpperCase() as SdkLevel;
  Runtime.install({
    logger: new DefaultLogger(shown, (entry) => {
      if (!BY_DESIGN.test(entry.message)) process.stderr.write(`${line(entry)}\n`);
    }),
    // Core repeats at WARN what the worker says better (a poll that failed while the server restarts, a lost task).
    telemetryOptions: { logging: { filter: { core: level === 'warn' ? 'ERROR' : shown, other: 'ERROR' } } },
    shutdownSignals: [],
  });
}

/** One line a message: time, level, what, where, why; stacks only when asked for debug. */
function line({ level, timestampNanos, message, meta }: LogEntry): string {
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const { workflowId, activityType, attempt, error } = (meta ?? {}) as Record<string, unknown>;
  const where = [
    workflowId,
    activityType,
    typeof attempt === 'number' && attempt > 1 ? `attempt ${attempt}` : undefined,
  ];
  const why =
    error instanceof Error ? `${error.name}: ${error.message}` : error === undefined ? '' : JSON.stringify(error);
  return [time, level, message, ...where, why].filter(Boolean).join('  ');
}
