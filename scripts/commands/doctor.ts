import { instant } from '../../model/time/time';
import { Database } from '../../store/postgres/database';
import { homeFolder } from '../../workers/config';
import type { Services } from '../services/services';
import { openServices } from '../services/services';
import type { Finding } from '../session/findings/finding';
import { hereFindings } from '../session/findings/here';
import { pipelineFindings } from '../session/findings/pipelines';
import { postgresFindings } from '../session/findings/postgres';
import { temporalFindings } from '../session/findings/temporal';
import { EXIT } from '../terminal/errors';
import { printList } from '../terminal/print';
import { aligned } from '../terminal/table';
import { webUiLines } from '../terminal/webUi';
import type { Verb } from '../verb';

type Register = Parameters<Verb>[2]['pipelines'];

/** `weir doctor`: looks at what is here, who serves, what is overdue and what a server lacks, each with its fix; exit 1 when something is wrong. */
export const doctor: Verb = async (_, options, { pipelines }) => {
  const findings: Finding[] = hereFindings();
  let lists: string[] = [];
  await asked(findings, 'services', async () => {
    const services = await openServices({ home: homeFolder(process.env), need: ['postgres', 'temporal'] });
    try {
      await asked(findings, 'Temporal', async () => findings.push(...(await temporalFindings(services, pipelines))));
      await asked(findings, 'PostgreSQL', () => ledgerFindings(findings, services, pipelines));
      // What this command started it also stops: its address is of no use then.
      if (!services.started.includes('temporal')) lists = webUiLines(services.temporal);
    } finally {
      await services.close();
    }
  });
  const bad = findings.filter((finding) => !finding.ok);
  printList(options, findings, () => [
    bad.length === 0 ? 'all is well' : `${bad.length} ${bad.length === 1 ? 'thing needs' : 'things need'} a fix`,
    '',
    ...aligned(
      findings.map((finding) => ({ '': finding.ok ? 'ok' : 'TROUBLE', what: finding.what, found: finding.found })),
    ),
    ...(bad.length > 0 ? ['', ...fixLines(bad)] : []),
    ...(lists.length > 0 ? ['', 'Temporal Web UI', ...lists] : []),
  ]);
  return bad.length === 0 ? EXIT.done : EXIT.failed;
};

/** Each fix once, with all that it puts right. */
function fixLines(bad: readonly Finding[]): string[] {
  const fixes = new Map<string, string[]>();
  for (const { what, fix } of bad) fixes.set(fix, [...(fixes.get(fix) ?? []), what]);
  return [...fixes].map(([fix, whats]) => `Fix ${whats.join(', ')}:  ${fix}`);
}

async function ledgerFindings(findings: Finding[], services: Services, pipelines: Register): Promise<void> {
  const database = Database.open(services.databaseUrl, { max: 4 });
  try {
    const given = process.env['DATABASE_URL'] ? 'given' : 'embedded';
    const found = await postgresFindings(database, pipelines, given);
    findings.push(...found);
    // Without its tables the ledger cannot be asked.
    if (found.some(({ what, ok }) => what === 'schema' && !ok)) return;
    findings.push(...(await pipelineFindings(database, pipelines, instant(Date.now()))));
  } finally {
    await database.close();
  }
}

/** What cannot be asked is a finding too, and no reason to stop looking. */
async function asked(findings: Finding[], what: string, look: () => Promise<unknown>): Promise<void> {
  try {
    await look();
  } catch (error) {
    const { message, next } = error as { message: string; next?: string };
    findings.push({ what, ok: false, found: message, fix: next ?? 'see .weir/logs' });
  }
}
