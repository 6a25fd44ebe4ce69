import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** Content is what a blob consists of. */
export interface Content {
  readonly size: number;
  /** Streams the bytes from `start` up to, and without, `end`. */
  read(start?: number, end?: number): Readable;
}

/** Returns the digest of bytes, SHA-256 unless `algorithm` names another one of the OCI spec. */
export function digestOf(bytes: Buffer | string, algorithm: string = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Reports whether a reference is a digest that a registry can check. */
export function isDigest(reference: string): boolean {
  return /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(reference);
}

/** Holds bytes in memory. */
export function contentOf(bytes: Buffer): Content {
  return {
    size: bytes.length,
    read: (start = 0, end = bytes.length) => Readable.from([bytes.subarray(start, end)]),
  };
}

/** Returns content whose bytes nobody kept: only their number is known. */
export function forgottenContent(size: number): Content {
  return {
    size,
    read: () => {
      throw new Error('this registry keeps no bytes of blobs');
    },
  };
}

const block = 16;
const chunk = 64 * 1024;

/** Returns content of any size that is made as it is read: the same bytes for the same seed. */
export function generatedContent(size: number, seed: number): Content {
  const key = createHash('md5').update(`${seed}`).digest();
  return {
    size,
    read: (start = 0, end = size) => Readable.from(keyStream(key, start, end)),
  };
}

function* keyStream(key: Buffer, start: number, end: number): Generator<Buffer> {
  const counter = Buffer.alloc(block);
  counter.writeBigUInt64BE(BigInt(Math.floor(start / block)), 8);
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  cipher.update(Buffer.alloc(start % block));
  for (let at = start; at < end; at += chunk) {
    yield cipher.update(Buffer.alloc(Math.min(chunk, end - at)));
  }
}

/** Returns the digest of content by reading all of it. */
export async function digestOfContent(content: Content): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of content.read()) hash.update(bytes as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
