import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/**
 * Yields what a stream holds, decompressed if it begins as gzip does.
 *
 * @throws Error of the stream, or of zlib if the data is broken or ends too early
 */
export async function* gunzipped(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const chunks = stream[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let isEnded = false;
  while (head.length < 2 && !isEnded) {
    const { value, done } = await chunks.next();
    isEnded = done ?? false;
    if (!isEnded) head = Buffer.concat([head, value]);
  }
  const whole = concatenated(head, { [Symbol.asyncIterator]: () => chunks });
  if (head[0] === 0x1f && head[1] === 0x8b) yield* decompressed(whole);
  else yield* whole;
}

async function* concatenated(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

async function* decompressed(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(stream);
  const gunzip = createGunzip();
  source.once('error', (error) => gunzip.destroy(error));
  yield* source.pipe(gunzip);
}
