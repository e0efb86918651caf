import { loadConfig } from '../workers/config';
import { untilAborted } from './interrupting';
import { withRuntime } from './runtime';
import type { Verb } from './weir';

/** `weir worker`: serves the task queues until it is asked to stop, then finishes what was begun and takes nothing new. */
export const worker: Verb = async () => {
  await withRuntime({ worker: 'always' }, async ({ services, register, worker: running, interrupted }) => {
    process.stderr.write(
      `worker ${process.pid} serves ${register.map((pipeline) => pipeline.name).join(', ')} at ${services.temporal.address}\n`,
    );
    const { deployment, buildId } = loadConfig(process.env);
    if (buildId)
      process.stderr.write(
        `as build ${buildId}, it begins new runs once that is current: temporal worker deployment set-current-version --deployment-name ${deployment} --build-id ${buildId}\n`,
      );
    await Promise.race([untilAborted(interrupted), running!.run]);
  });
};
