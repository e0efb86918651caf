// Compiles what changed, and nothing else: for a process that runs on with what it has when this fails.
import { prepare } from './prepare.mjs';

await prepare();
