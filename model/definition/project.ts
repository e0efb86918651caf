import { clashesOf } from '../compile/clashes';
import { dependencyOrder } from '../compile/dependencies';
import { DefinitionInvalid } from '../run/errors';
import type { Pipeline } from './pipeline';

/** What a folder of pipelines is made of: what a worker serves and the command line knows. */
export interface Project {
  readonly pipelines: readonly Pipeline[];
}

/**
 * Declares a project; `weir.config.ts` exports it, and everything gets it from there as a value.
 * @throws DefinitionInvalid where pipelines read each other in a circle, and on everything that `clashesOf` finds: no command starts with it.
 */
export function defineProject(project: Project): Project {
  dependencyOrder(project.pipelines);
  const clashes = clashesOf(project.pipelines);
  if (clashes.length === 0) return project;
  throw new DefinitionInvalid(
    clashes.map(({ pipeline, table, what, next }) => `${pipeline} ${table}: ${what}; ${next}`).join('\n'),
    { next: 'fix the definitions, then: weir check', stillTrue: 'nothing was started' },
  );
}
