import { createHash } from 'node:crypto';

/** Short stable digest of a text: fingerprints of code. */
export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
