import type { Pipeline } from '../model';
import airports from './airports';
import flights from './flights';

/** The register: every pipeline that a worker serves and the command line knows. A new one is a line here. */
export const pipelines: readonly Pipeline[] = [airports, flights];
