/** Waits until the person presses Ctrl-C (or the process is asked to end), then returns, so that what was opened is closed in order. */
export async function untilInterrupted(message?: string): Promise<void> {
  if (message) process.stderr.write(`\n${message}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
