import { Readable } from 'node:stream';
import type { Call, OpenAnswer } from './call.ts';
import type { Descriptor } from './descriptor.ts';
import { algorithmOf, hashOf } from './digest.ts';
import { requestError } from './error-answer.ts';
import { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';
import type { ByteRate } from './request/byte-rate.ts';
import { readAhead } from './request/connections.ts';
import { headerOf } from './request/headers.ts';
import { chunksOf, discard } from './request/read-body.ts';
import type { Transport } from './transport.ts';

/** ReadOptions limit and watch the reading of a blob. */
export interface ReadOptions {
  readonly rate?: ByteRate | undefined;
  /** Gets the number of bytes that came, as they come. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Opens a blob as a stream that is checked for length and digest. Its last bytes come only after the
 * check, so that nobody stores a wrong blob as a complete one. If the connection breaks, the stream
 * resumes where it broke.
 *
 * @throws RegistryError if it cannot be opened; the stream fails with one as well
 */
export async function readBlob(
  transport: Transport,
  repository: Repository,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  { rate, onBytes = () => undefined }: ReadOptions = {},
): Promise<Readable> {
  // One place for the whole stream: one that waits for its next part could wait for those that
  // wait for it.
  const leave = await transport.access(repository.registry).limits.read.enter();
  try {
    const reading = new BlobReading(transport, repository, blob, onBytes);
    await reading.open();
    const chunks = rate === undefined ? reading.chunks() : paced(reading.chunks(), rate);
    const stream = Readable.from(chunks, { objectMode: false, highWaterMark: readAhead });
    return stream.once('close', () => {
      leave();
      // The answer is still open if nothing was read from the stream.
      reading.close();
    });
  } catch (error) {
    leave();
    throw error;
  }
}

async function* paced(chunks: AsyncIterable<Buffer>, rate: ByteRate) {
  for await (const chunk of chunks) {
    await rate.take(chunk.length);
    yield chunk;
  }
}

/** How often a connection may fail in a row without a byte. */
const maxFailures = 5;

class BlobReading {
  readonly #transport: Transport;
  readonly #blob: Pick<Descriptor, 'digest' | 'size'>;
  readonly #call: Call;
  readonly #onBytes: (bytes: number) => void;
  #answer: OpenAnswer | undefined;
  /** How many bytes have passed. */
  #passed = 0;
  /** How many bytes of the answer have passed before. */
  #skip = 0;

  constructor(
    transport: Transport,
    repository: Repository,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    onBytes: (bytes: number) => void,
  ) {
    this.#transport = transport;
    this.#blob = blob;
    this.#onBytes = onBytes;
    this.#call = {
      repository,
      action: 'pull',
      method: 'GET',
      target: `/v2/${repository.name}/blobs/${blob.digest}`,
      what: `GET blob ${repository.name}@${blob.digest}`,
    };
  }

  /** Asks for the bytes that have not passed. A registry may send them all. */
  async open(): Promise<void> {
    const from = this.#passed;
    const headers = from === 0 ? {} : { range: `bytes=${from}-` };
    const call = { ...this.#call, headers, accepts: [416] };
    const answer = await this.#transport.retrying(call.repository, async () => {
      const answer = await this.#transport.open(call);
      const mistake = findMistake(answer, from, this.#blob.size);
      if (mistake === undefined) return answer;
      discard(answer.response, this.#transport.timing.stall);
      throw this.#wrong(...mistake);
    });
    this.#answer = answer;
    this.#skip = answer.status === 206 ? 0 : from;
  }

  close(): void {
    this.#answer?.response.destroy();
  }

  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    const { digest } = this.#blob;
    const hash = hashOf(digest);
    if (hash === undefined) throw this.#wrong('DIGEST_INVALID', 'its digest cannot be checked');
    let last: Buffer | undefined;
    for await (const chunk of this.#bytes()) {
      hash.update(chunk);
      if (last !== undefined) yield last;
      last = chunk;
    }
    const found = `${algorithmOf(digest)}:${hash.digest('hex')}`;
    if (found !== digest) throw this.#wrong('DIGEST_INVALID', `its bytes have the digest ${found}`);
    if (last !== undefined) yield last;
  }

  /** Yields each byte once, however often the connection breaks. */
  async *#bytes(): AsyncGenerator<Buffer, void, undefined> {
    let failures = 0;
    while (this.#answer !== undefined) {
      const { response, url } = this.#answer;
      const before = this.#passed;
      let failure: unknown;
      try {
        for await (const chunk of chunksOf(response, this.#transport.timing.stall)) {
          const fresh = this.#pass(chunk);
          if (fresh.length > 0) yield fresh;
        }
      } catch (error) {
        if (error instanceof RegistryError) throw error;
        failure = error;
      }
      if (this.#passed === this.#blob.size) return;
      failures = this.#passed > before ? 1 : failures + 1;
      await this.#resume(failure as Error | undefined, url, failures);
    }
  }

  /** Returns what has not passed before of a chunk, and counts it. */
  #pass(chunk: Buffer): Buffer {
    const fresh = chunk.subarray(Math.min(this.#skip, chunk.length));
    this.#skip -= chunk.length - fresh.length;
    this.#passed += fresh.length;
    if (this.#passed > this.#blob.size)
      throw this.#wrong('SIZE_INVALID', `it has more than ${this.#blob.size} bytes`);
    this.#onBytes(fresh.length);
    return fresh;
  }

  /** Asks again after a connection that failed so many times in a row. */
  async #resume(error: Error | undefined, url: URL, failures: number): Promise<void> {
    const cut = new Error(`only ${this.#passed} bytes of ${this.#blob.size} came`);
    const reason = this.#transport.cutAnswer(this.#call, error ?? cut, url);
    if (failures > maxFailures) throw reason;
    await this.#transport.pause(this.#call.repository, reason, failures);
    await this.open();
  }

  #wrong(code: string, mistake: string): RegistryError {
    // Another try may reach another server, or another cache.
    return requestError(this.#call, mistake, { code, isRetryable: true });
  }
}

/** Returns what is wrong with the head of an answer: its code and what it is. */
function findMistake(
  { status, headers }: OpenAnswer,
  from: number,
  size: number,
): [string, string] | undefined {
  const range = headerOf(headers, 'content-range');
  if (status === 206)
    return range?.startsWith(`bytes ${from}-`)
      ? undefined
      : ['RANGE_INVALID', `it sends ${range ?? 'some bytes'} instead of those from ${from}`];
  if (status !== 200) return ['RANGE_INVALID', `it does not send the bytes from ${from}`];
  const length = headerOf(headers, 'content-length');
  if (length === undefined || Number(length) === size) return undefined;
  return ['SIZE_INVALID', `it has ${length} bytes instead of ${size}`];
}
