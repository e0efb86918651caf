import { defineProject } from './model';
import { pipelines } from './pipelines';

/** This repository's own project: the demo that `npm start` runs. */
export default defineProject({ pipelines });
