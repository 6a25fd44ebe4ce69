import { createHash, type Hash } from 'node:crypto';
import { isDigest } from '../reference/grammar.ts';

/** Returns the hash that a digest such as `sha256:…` is of; undefined if it is not a digest. */
export function hashOf(digest: string): Hash | undefined {
  return isDigest(digest, 0) ? createHash(algorithmOf(digest)) : undefined;
}

/** Returns the digest of some bytes, by the algorithm of another digest or SHA-256. */
export function digestOf(bytes: Buffer, like = 'sha256:'): string {
  const algorithm = algorithmOf(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Returns the algorithm of a digest: `sha256`. */
export function algorithmOf(digest: string): string {
  return digest.slice(0, digest.indexOf(':'));
}
