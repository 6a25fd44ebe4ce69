import { algorithmOf, hashOf } from '../registry/digest.ts';
import type { Blob } from './layout-files.ts';

/**
 * Yields the bytes of a blob, and checks length and digest before the last of them, so that nobody
 * stores a wrong blob as a complete one.
 *
 * @throws what `wrong` makes of the mistake
 */
export async function* checkedBytes(
  { digest, size }: Blob,
  bytes: AsyncIterable<Buffer>,
  wrong: (mistake: string) => Error,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = hashOf(digest);
  if (hash === undefined) throw wrong('its digest cannot be checked');
  let passed = 0;
  let last: Buffer | undefined;
  for await (const chunk of bytes) {
    passed += chunk.length;
    if (passed > size) throw wrong(`it has more than ${size} bytes`);
    hash.update(chunk);
    if (last !== undefined) yield last;
    last = chunk;
  }
  if (passed < size) throw wrong(`it has ${passed} bytes instead of ${size}`);
  const found = `${algorithmOf(digest)}:${hash.digest('hex')}`;
  if (found !== digest) throw wrong(`its bytes have the digest ${found}`);
  if (last !== undefined) yield last;
}
