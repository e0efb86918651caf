import { untilAborted } from '../session/interruption';
import { withRuntime } from '../session/runtime';
import { webUiLines, webUiLists } from '../terminal/webUi';
import type { Verb } from '../verb';

/** `weir up`: services that the environment does not give, schema, layer tables and a worker; Ctrl-C drains. */
export const up: Verb = async (_, options, project) => {
  await withRuntime(project, { worker: 'always' }, async ({ services, register, interrupted }) => {
    const facts = {
      pipelines: register.map((pipeline) => pipeline.name),
      databaseUrl: services.databaseUrl,
      temporal: services.temporal.address,
      webUi: services.temporal.uiUrl ?? null,
      webUiLists: webUiLists(services.temporal),
      started: services.started,
    };
    if (options.json) process.stdout.write(`${JSON.stringify(facts)}\n`);
    else {
      process.stdout.write(
        [
          `weir is up and serves ${facts.pipelines.join(', ')}`,
          `  PostgreSQL       ${facts.databaseUrl}`,
          `  Temporal         ${facts.temporal}`,
          ...(facts.webUi ? [`  Temporal Web UI  ${facts.webUi}`, ...webUiLines(services.temporal)] : []),
          `  Next             weir status, weir backfill ${facts.pipelines[0] ?? 'P'} FROM..TO`,
          '',
        ].join('\n'),
      );
    }
    if (!options.json) process.stderr.write('\nCtrl-C drains the worker and stops what was started.\n');
    await untilAborted(interrupted);
  });
};
