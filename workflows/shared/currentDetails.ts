import { setCurrentDetails } from '@temporalio/workflow';
import type { Gate } from '../../model/run/gate';
import type { RunRequest } from '../../model/run/request';
import type { Steps } from '../../model/run/steps';
import { windowName } from '../../model/time/window';

interface Line {
  readonly layer: string;
  rows: string;
  state: string;
}

/**
 * The same steps, showing what they do as a table in Temporal's Web UI: layer, rows, state.
 * Costs no event: the server asks the worker for it when somebody looks.
 */
export function withCurrentDetails(steps: Steps, order: RunRequest): Steps {
  const { plan } = order;
  const raw: Line = { layer: 'raw', rows: '', state: '' };
  const tables: Line[] = plan.tables.map((layer) => ({ layer, rows: '', state: '' }));
  const published: Line = { layer: 'published', rows: '', state: '' };
  const lines = [raw, ...tables, published];
  const show = (): void => setCurrentDetails(asTable(`${plan.pipeline} ${windowName(order.window)}`, lines));

  async function step<T>(line: Line, doing: string, work: Promise<T>, done: (result: T) => Partial<Line>): Promise<T> {
    line.state = doing;
    show();
    try {
      const result = await work;
      Object.assign(line, done(result));
      return result;
    } catch (error) {
      line.state = 'failed';
      throw error;
    } finally {
      show();
    }
  }
  const lineOf = (table: string): Line => tables.find((line) => line.layer === table) ?? published;

  return {
    claim: (order) => steps.claim(order),
    ingest: (claim) =>
      step(raw, 'ingesting', steps.ingest(claim), ({ deliveries, landedRecords, deadLetters }) => ({
        rows: counted(landedRecords),
        state: `${deliveries} deliveries${deadLetters > 0 ? `, ${counted(deadLetters)} dead letters` : ''}`,
      })),
    refresh: (claim, more) =>
      step(lineOf(more.table), 'refreshing', steps.refresh(claim, more), (gate) => ({
        rows: counted(gate.rows),
        state: gateState(gate),
      })),
    hold: (claim, more) => step(published, 'holding', steps.hold(claim, more), () => ({ state: 'held' })),
    publish: (claim) =>
      step(published, 'publishing', steps.publish(claim), ({ rows, written }) => ({
        rows: counted(rows),
        state: `published, ${counted(written)} written`,
      })),
    close: (claim, ended) => steps.close(claim, ended),
  };
}

function gateState({ closed, checks, failed }: Gate): string {
  if (closed)
    return `gate closed by ${failed
      .filter((check) => check.severity === 'error')
      .map(({ check }) => check)
      .join(', ')}`;
  return failed.length > 0 ? `${checks} checks, ${failed.length} warn` : `${checks} checks`;
}

function asTable(title: string, lines: readonly Line[]): string {
  return [
    `**${title}**`,
    '',
    '| layer | rows | state |',
    '| --- | ---: | --- |',
    ...lines.map(({ layer, rows, state }) => `| ${layer} | ${rows} | ${state.replace(/\|/g, '/')} |`),
  ].join('\n');
}

// No Intl in the sandbox's promise of determinism: thousands are set apart by hand.
const counted = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
