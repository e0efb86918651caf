import { loadConfig } from '../../workers/config';
import { untilAborted } from '../session/interruption';
import { withRuntime } from '../session/runtime';
import type { Verb } from '../verb';

/** `weir worker`: serves the task queues until it is asked to stop, then finishes what was begun and takes nothing new. */
export const worker: Verb = async (_, __, project) => {
  await withRuntime(project, { worker: 'always' }, async ({ services, register, worker: running, interrupted }) => {
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
