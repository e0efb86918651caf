#!/usr/bin/env node
import { launch } from './prepare.mjs';

await launch('bench/chaos/chaos.js');
