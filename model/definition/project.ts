import type { Pipeline } from './pipeline';

/** What a folder of pipelines is made of: what a worker serves and the command line knows. */
export interface Project {
  readonly pipelines: readonly Pipeline[];
}

/** Declares a project; `weir.config.ts` exports it, and everything gets it from there as a value. */
export const defineProject = (project: Project): Project => project;
