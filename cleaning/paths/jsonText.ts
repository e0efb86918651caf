import { isUtf8 } from 'node:buffer';
import { JsonWalk, space } from '../framing/jsonWalk';

/** PostgreSQL reads as deep as its stack allows (`max_stack_depth`, 2 MB by default, holds over 10,000); this is deep enough for data, and the same everywhere. */
const MAX_DEPTH = 500;
/** jsonb holds 256 MB in one list or object, at up to six times the text ("1," is two bytes of text and twelve of jsonb). */
const MAX_JSON_BYTES = 32 * 1024 * 1024;

const walk = new JsonWalk();

/** Why PostgreSQL's jsonb would not take this text (valid UTF-8), or null when it surely does. `lone`: half a surrogate pair was in it before it was bytes. */
export function jsonRejection(bytes: Buffer, start: number, end: number, lone = false): string | null {
  if (end - start > MAX_JSON_BYTES) return `JSON longer than ${MAX_JSON_BYTES} bytes`;
  const behind = walk.value(bytes, space(bytes, start, end), end);
  if (behind === -1 || space(bytes, behind, end) !== end) return 'not JSON';
  if (walk.nul) return 'NUL in JSON';
  if (lone || walk.loneSurrogate) return 'lone surrogate in JSON';
  if (walk.depth > MAX_DEPTH) return `JSON deeper than ${MAX_DEPTH}`;
  return walk.hugeNumber ? 'number out of range in JSON' : null;
}

/** True when these bytes are JSON that PostgreSQL surely takes. */
export const isSureJson = (bytes: Buffer, start: number, end: number): boolean =>
  jsonRejection(bytes, start, end) === null && isUtf8(bytes.subarray(start, end));
