import { PipelineError } from '../../model/errors';
// PLACEHOLDER
export function printError(error: unknown): number {
  if (error instanceof PipelineError) process.stderr.write([error.message, error.next && `  Next: ${error.next}`, error.stillTrue && `  Still true: ${error.stillTrue}`].filter(Boolean).join('\n') + '\n');
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
