import { dependencyOrder } from '../compile/dependencies';
import type { Pipeline } from './pipeline';

/** What a folder of pipelines is made of: what a worker serves and the command line knows. */
export interface Project {
  readonly pipelines: readonly Pipeline[];
}

/**
 * Declares a project; `weir.config.ts` exports it, and everything gets it from there as a value.
 * @throws DefinitionInvalid where pipelines read each other in a circle.
 */
export function defineProject(project: Project): Project {
  dependencyOrder(project.pipelines);
  return project;
}
