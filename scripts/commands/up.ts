import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { instant } from '../../model/time/time';
import { rangeName, wholeWindows } from '../../model/time/window';
import { homeFolder } from '../../workers/config';
import { psqlLine } from '../services/serviceFile';
import { serveSaved } from '../session/saved/serveSaved';
import { withRuntime } from '../session/runtime';
import { webUiLines, webUiLists } from '../terminal/webUi';
import type { Verb } from '../verb';

/** `weir up`: services that the environment does not give, schema, layer tables and a worker, which takes up definitions as they are saved; Ctrl-C drains. */
export const up: Verb = async (_, options, project) => {
  await withRuntime(project, { worker: 'always' }, async ({ services, register, interrupted, database, worker }) => {
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
      const { host, pathname } = new URL(facts.databaseUrl);
      process.stdout.write(
        [
          `weir is up and serves ${facts.pipelines.join(', ')}`,
          `  PostgreSQL       ${host}${pathname}`,
          `  psql             ${psqlLine(homeFolder(process.env))}`,
          `  Temporal         ${facts.temporal}`,
          ...(facts.webUi ? [`  Temporal Web UI  ${facts.webUi}`, ...webUiLines(services.temporal)] : []),
          `  Next             ${['weir status', ...register.slice(0, 1).map(firstStep)].join(', ')}`,
          '',
        ].join('\n'),
      );
      process.stderr.write(
        '\nCtrl-C drains the worker and stops what was started; a definition that is saved is taken up.\n',
      );
    }
    await serveSaved({ services, database, interrupted, worker: worker! });
  });
};

/** A table of one window has no range. */
const firstStep = (pipeline: Pipeline): string =>
  pipeline.window === 'whole'
    ? `weir run ${pipeline.name}`
    : `weir backfill ${pipeline.name} ${rangeName(wholeWindows(pipeline.window, historyOf(pipeline, instant(Date.now()))))}`;
