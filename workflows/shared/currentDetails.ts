import { isCancellation, setCurrentDetails } from '@temporalio/workflow';
import type { BackfillRequest } from '../../model/run/backfill';
import type { Gate } from '../../model/run/gate';
import type { Ingested } from '../../model/run/outcome';
import type { RunRequest } from '../../model/run/request';
import type { Steps } from '../../model/run/steps';
import { codeBlock, commands, inlineCode, thousands, windowsOf } from '../../model/run/userMetadata';
import { rangeName, windowName } from '../../model/time/window';
import type { BackfillState } from './backfillState';
import { shortText } from './failures';

interface Line {
  readonly layer: string;
  state: string;
}

/**
 * The same steps, showing in Temporal's Web UI what they do: a line of words a layer, then the command that shows more.
 * Costs no event: the server asks the worker for it when somebody looks.
 */
export function withCurrentDetails(steps: Steps, order: RunRequest): Steps {
  const { plan, window } = order;
  const begun = (layer: string): Line => ({ layer, state: 'not begun' });
  const raw = begun('raw');
  const tables = plan.tables.map(begun);
  const publish = begun('publish');
  let run = '';
  let what: string[] = [];
  const show = (): void =>
    setCurrentDetails(
      details(
        `${plan.pipeline} ${windowName(window)}${run}`,
        [...[raw, ...tables, publish].map(({ layer, state }) => `${layer}: ${state}`), ...what],
        commands.window(plan.pipeline, window),
      ),
    );

  async function step<T>(line: Line, doing: string, work: Promise<T>, done: (result: T) => string): Promise<T> {
    line.state = doing;
    show();
    try {
      const result = await work;
      line.state = done(result);
      return result;
    } catch (error) {
      line.state = isCancellation(error) ? 'cancelled' : 'failed';
      if (!isCancellation(error)) what = [inlineCode(shortText(error))];
      throw error;
    } finally {
      show();
    }
  }
  const lineOf = (table: string): Line => tables.find((line) => line.layer === table) ?? publish;

  return {
    claim: async (asked) => {
      const claim = await steps.claim(asked);
      run = `, run ${claim.epoch}`;
      return claim;
    },
    ingest: (claim) => step(raw, 'being landed', steps.ingest(claim), ingested),
    refresh: (claim, more) =>
      step(lineOf(more.table), 'being refreshed', steps.refresh(claim, more), (gate) =>
        [`${counted(gate.rows, 'row')}`, gateState(gate)].join(', '),
      ),
    hold: (claim, more) =>
      step(publish, 'being held', steps.hold(claim, more), () => 'held; readers keep what this window had before'),
    publish: (claim) =>
      step(
        publish,
        'under way',
        steps.publish(claim),
        ({ rows, written }) =>
          `done, ${counted(rows, 'row')}, ${written === 0 ? 'nothing new' : `${thousands(written)} written`}`,
      ),
    close: (claim, ended) => steps.close(claim, ended),
  };
}

/** How a backfill stands, and which windows failed first, in the same form. */
export function showBackfill({ plan, range }: BackfillRequest, state: BackfillState, running: { count: number }): void {
  const { windows, done, failed, failures, width, paused, stale } = state;
  const ofThem = [`${thousands(done)} done`, `${thousands(failed)} failed or held`, `${running.count} running`];
  setCurrentDetails(
    details(
      `${plan.pipeline} ${rangeName(range)}`,
      [
        `${windowsOf(windows)}: ${ofThem.join(', ')}`,
        ...(paused ? ['paused: no further window begins'] : [`${width} at once`]),
        ...(stale && stale.windows > 0 ? [`stale again: ${windowsOf(stale.windows)}`] : []),
        ...failures.map(({ window, error }) => `${window}: ${inlineCode(error)}`),
        ...(failed > failures.length ? [`and ${thousands(failed - failures.length)} more`] : []),
      ],
      `${commands.backfill(plan.pipeline, range)}${failed > 0 ? ' --failed' : ''}`,
    ),
  );
}

// No table: the Web UI draws one without space between its cells.
const details = (title: string, lines: readonly string[], command: string): string =>
  [`**${title}**`, '', ...lines.map((line) => `- ${line}`), '', codeBlock(command)].join('\n');

function ingested({ deliveries, landedRecords, deadLetters, offers }: Ingested): string {
  const known = offers
    ? `, ${thousands(offers.offered - offers.known)} of ${thousands(offers.offered)} offered, ${thousands(offers.known)} known`
    : '';
  if (deliveries === 0) return `nothing new to land${known}`;
  const of = deliveries === 1 ? 'one delivery' : `${thousands(deliveries)} deliveries`;
  return `${counted(landedRecords, 'record')} of ${of}${deadLetters > 0 ? `, ${counted(deadLetters, 'dead letter')}` : ''}${known}`;
}

function gateState({ closed, checks, failed }: Gate): string {
  const named = (severity: 'warn' | 'error'): string =>
    failed
      .filter((check) => check.severity === severity)
      .map(({ check }) => inlineCode(check))
      .join(', ');
  if (closed) return `gate closed by ${named('error')}`;
  if (checks === 0) return 'no checks';
  const holding = checks - failed.length;
  const hold = `${holding} ${holding === 1 ? 'check holds' : 'checks hold'}`;
  return failed.length > 0 ? `${hold}, ${named('warn')} warns` : hold;
}

const counted = (n: number, noun: string): string => `${thousands(n)} ${noun}${n === 1 ? '' : 's'}`;
