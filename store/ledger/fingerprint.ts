import { createHash } from 'node:crypto';
import type { CompiledPipeline } from '../../model/compile/compile';
import { compile } from '../../model/compile/compile';
import type { Pipeline } from '../../model/definition/pipeline';

/** Short stable digest of a text: fingerprints of code. */
export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

// A definition is a value, and every step asks for its fingerprints.
const known = new WeakMap<Pipeline, CompiledPipeline>();

/** `pipeline` as JSON, with its fingerprints: what a run of this code is asked for. */
export function compiled(pipeline: Pipeline): CompiledPipeline {
  const plan = known.get(pipeline) ?? compile(pipeline, fingerprint);
  known.set(pipeline, plan);
  return plan;
}

/** One fingerprint for a window: the code, or the checks, of all its tables. */
export const windowFingerprint = (tables: Readonly<Record<string, string>>): string =>
  fingerprint(JSON.stringify(Object.entries(tables).sort()));

/** Of a window's checks; null for a plan that was compiled before checks had a fingerprint. */
export const checksFingerprint = ({ checks }: CompiledPipeline): string | null =>
  checks ? windowFingerprint(checks) : null;
