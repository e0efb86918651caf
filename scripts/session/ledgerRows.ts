import { GateClosed, StatementRefused } from '../../model/run/errors';
import { withoutAdvice } from '../../model/run/toldFailure';
import type { Window } from '../../model/time/window';
import type { Database } from '../../store/postgres/database';
import { checksOf, runReport } from '../../store/reports/runReport';
import { innermost } from '../terminal/errors';

/**
 * Throws what ended a run as a person should read it: with the rows that closed its gate, or that PostgreSQL refused. They do not cross
 * Temporal; the ledger has them.
 */
export async function throwWithRows(
  database: Database,
  pipeline: string,
  window: Window,
  error: unknown,
): Promise<never> {
  const inner = innermost(error) as Error & { type?: string; details?: unknown[] };
  if (inner.type !== 'GateClosed' && inner.type !== 'StatementRefused') throw error;
  const report = await runReport(database, pipeline, window.start);
  if (report.epoch === null) throw error;
  if (inner.type === 'GateClosed') {
    const checks = await checksOf(database, report.epoch);
    const closing = checks.filter(({ severity, rows }) => severity === 'error' && Number(rows) > 0);
    const lines = inner.message.split('\n').flatMap((line) => {
      const check = closing.find((one) => line.startsWith(`  ${one.check}: `));
      return [line, ...(check && check.saw === null ? check.sample : []).map((row) => `    ${row}`)];
    });
    throw new GateClosed(lines.join('\n'), { cause: error });
  }
  const { sqlstate, next, stillTrue } = (inner.details?.[0] ?? {}) as Record<string, string>;
  throw new StatementRefused(report.error ?? withoutAdvice(inner.message, { next, stillTrue }), sqlstate ?? '', {
    ...(next && { next }),
    ...(stillTrue && { stillTrue }),
    cause: error,
  });
}
