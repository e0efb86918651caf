import { spawn } from 'node:child_process';
import type { Project } from '../../../model/definition/project';
import { ensureLayerTables } from '../../../store/schema/layerTables';
import { loadConfig } from '../../../workers/config';
import type { RunningWorker } from '../../../workers/worker';
import { visibleLines } from '../../terminal/escape';
import { forgetDefinitions, isOfDefinitions, placeIn, savedDefinitions } from './definitionFiles';
import { startLocalWorker } from '../localWorker';
import { problemLines, problemsOf } from '../problems';
import { loadProject } from '../project';
import type { Runtime } from '../runtime';

type Serving = Pick<Runtime, 'services' | 'database' | 'interrupted'> & { readonly worker: RunningWorker };

/**
 * Serves with what is saved, until interrupted: each save is compiled and checked, then a worker with it takes the place of the former,
 * which drains. A broken one is said, and the former goes on.
 */
export async function serveSaved({ services, database, interrupted, worker }: Serving): Promise<void> {
  let serving = worker;
  try {
    for await (const all of savedDefinitions(interrupted)) {
      const own = all.filter((file) => !isOfDefinitions(file));
      if (own.length > 0)
        say([
          `${own.join(', ')}: code of Weir itself, taken up by a restart of weir up; until then the former is used`,
        ]);
      const saved = all.filter(isOfDefinitions);
      if (saved.length === 0) continue;
      try {
        await compileSaved();
        const { pipelines } = readAnew();
        const problems = await problemsOf(database, pipelines);
        if (problems.length > 0) throw new Refused(problems.flatMap(problemLines));
        await ensureLayerTables(database, pipelines);
        const former = serving;
        serving = await startLocalWorker(services, database, pipelines, loadConfig(process.env));
        say([`${saved.join(', ')}: taken up; serves ${pipelines.map(({ name }) => name).join(', ')}`]);
        await former.shutdown();
      } catch (error) {
        say([`${saved.join(', ')}: not taken up`, ...refusalLines(error), '  the worker goes on with what it had']);
      }
    }
  } finally {
    await serving.shutdown();
  }
}

/** Lines that say all there is to say. */
class Refused extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

function refusalLines(error: unknown): string[] {
  if (error instanceof Refused) return error.lines.map((line) => `  ${line}`);
  const { message, next } = error as Error & { next?: string };
  const place = placeIn(error as Error);
  return [`  ${place ? `${place}: ` : ''}${message}`, ...(next ? [`  Next: ${next}`] : [])];
}

/** In a process of its own: the compiler ends it where it refuses. */
function compileSaved(): Promise<void> {
  return new Promise((resolve, reject) => {
    const compiler = spawn(process.execPath, ['scripts/launch/compile.mjs'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    compiler.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
    compiler.once('error', reject);
    compiler.once('close', (code) => {
      if (code === 0) resolve();
      // The rest is for who started a command.
      else
        reject(
          new Refused(
            said
              .split(/\n {2}Still true: /)[0]!
              .trimEnd()
              .split('\n'),
          ),
        );
    });
  });
}

function readAnew(): Project {
  forgetDefinitions();
  return loadProject();
}

const say = (lines: readonly string[]): void => void process.stderr.write(`${visibleLines(lines.join('\n'))}\n`);
