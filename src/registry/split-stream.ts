import { Readable } from 'node:stream';
import type { StreamBody } from './request/exchange.ts';

/** PartSentError reports that a part is gone: the upload has to begin again. */
class PartSentError extends Error {
  override readonly name = 'PartSentError';
  readonly code = 'EPARTSENT';

  constructor() {
    super('a part of a stream cannot be sent twice');
  }
}

/**
 * Cuts a stream into parts, of which no more than a chunk is held in memory. The parts are to be
 * read one after another, each once.
 */
export function splitStream(stream: Readable): (length: number) => StreamBody {
  const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let rest: Buffer | undefined;

  async function* take(length: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = length; left > 0; ) {
      const chunk = rest ?? (await nextChunk(chunks));
      const part = chunk.subarray(0, left);
      rest = part.length === chunk.length ? undefined : chunk.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  return (length) => {
    let isOpen = false;
    const open = () => {
      if (isOpen) return Promise.reject(new PartSentError());
      isOpen = true;
      return Promise.resolve(Readable.from(take(length), { objectMode: false }));
    };
    return { length, open };
  };
}

async function nextChunk(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const { value, done } = await chunks.next();
  if (done) throw new Error('the stream ended too early');
  return value;
}
