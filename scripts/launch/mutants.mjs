#!/usr/bin/env node
import { launch } from './prepare.mjs';

await launch('bench/mutants/runMutants.js');
