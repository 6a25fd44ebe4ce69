import type { Readable } from 'node:stream';
import type { Answer, Call } from './call.ts';
import type { Descriptor } from './descriptor.ts';
import { requestError } from './error-answer.ts';
import { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';
import type { StreamBody } from './request/exchange.ts';
import { headerOf } from './request/headers.ts';
import { resolveLocation } from './request/redirect.ts';
import { splitStream } from './split-stream.ts';
import type { Transport } from './transport.ts';

/** Source opens a blob. It is called again if the blob has to be sent again. */
export type Source = () => Promise<Readable>;

/**
 * Upload is one upload session of a registry:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs.
 */
export class Upload {
  readonly #transport: Transport;
  readonly #blob: Pick<Descriptor, 'digest' | 'size'>;
  readonly #call: Omit<Call, 'method' | 'target' | 'what'>;
  /** Where the next request of the session goes. */
  #location: URL | undefined;
  /** The smallest part that the registry takes, in bytes. */
  #minChunk = 0;

  constructor(
    transport: Transport,
    repository: Repository,
    blob: Pick<Descriptor, 'digest' | 'size'>,
  ) {
    this.#transport = transport;
    this.#blob = blob;
    // A stream cannot be sent again, so a retry begins a new session.
    this.#call = { repository, action: 'push', isOnce: true, hasPlace: true };
  }

  /**
   * Mounts the blob from another repository if the registry does that, else begins a session. From
   * the repository itself it is mounted if it is there already, which saves asking for it.
   */
  async begin(from: string | undefined): Promise<'mounted' | 'begun'> {
    const answer = await this.#post(from);
    if (answer.status === 201) return 'mounted';
    this.#follow(answer);
    if (this.#location === undefined) throw this.#error('its answer to POST names no upload');
    this.#minChunk = Number(headerOf(answer.headers, 'oci-chunk-min-length')) || 0;
    return 'begun';
  }

  async #post(from: string | undefined): Promise<Answer> {
    const { name } = this.#call.repository;
    const call = {
      ...this.#call,
      method: 'POST',
      target: `/v2/${name}/blobs/uploads/`,
      what: `POST upload to ${name}`,
    };
    if (from === undefined) return await this.#transport.send(call);
    const mount = new URLSearchParams({ mount: this.#blob.digest, from });
    const target = `${call.target}?${mount}`;
    try {
      return await this.#transport.send({ ...call, target, from });
    } catch (error) {
      // The caller may have no right to read there, but still one to write here.
      const isRefused = error instanceof RegistryError && !error.isRetryable;
      if (!isRefused || error.status === undefined) throw error;
      return await this.#transport.send(call);
    }
  }

  /** Sends the blob in one request. */
  async sendWhole(open: Source): Promise<void> {
    await this.#finish({ length: this.#blob.size, open });
  }

  /** Sends the blob in parts. */
  async sendParts(open: Source, chunk: number): Promise<void> {
    const { size } = this.#blob;
    const stream = await open();
    try {
      const parts = splitStream(stream);
      const length = partLength(size, chunk, this.#minChunk);
      for (let start = 0; start < size; start += length)
        await this.#patch(start, Math.min(length, size - start), parts);
    } finally {
      stream.destroy();
    }
    await this.#finish(Buffer.alloc(0));
  }

  /** Ends the session, so that the registry can free what it holds. */
  async abort(): Promise<void> {
    if (this.#location === undefined) return;
    const session = { method: 'DELETE', target: this.#location, what: 'DELETE upload' };
    const call: Call = { ...this.#call, ...session, action: 'delete' };
    await this.#transport.send(call).catch(() => undefined);
  }

  async #patch(
    start: number,
    length: number,
    parts: ReturnType<typeof splitStream>,
  ): Promise<void> {
    const end = start + length - 1;
    const headers = { ...octets, 'content-range': `${start}-${end}` };
    const answer = await this.#send('PATCH', this.#url(), headers, parts(length));
    if (answer.status !== 202)
      throw this.#error(`it answered ${answer.status} to a part: it takes no blobs in parts`);
    this.#follow(answer);
  }

  async #finish(body: Buffer | StreamBody): Promise<void> {
    const url = this.#url();
    // The query is the registry's own, so it stays as it is.
    const separator = url.search === '' ? '?' : '&';
    const target = new URL(
      `${url.href}${separator}digest=${encodeURIComponent(this.#blob.digest)}`,
    );
    const { status } = await this.#send('PUT', target, octets, body);
    if (status === 202) throw this.#error('it did not store the blob');
  }

  async #send(
    method: string,
    target: URL,
    headers: Readonly<Record<string, string>>,
    body: Buffer | StreamBody,
  ): Promise<Answer> {
    const what = `${method} blob ${this.#call.repository.name}@${this.#blob.digest}`;
    try {
      return await this.#transport.send({ ...this.#call, method, target, headers, body, what });
    } catch (error) {
      const { host } = error as Partial<RegistryError>;
      if (!(error instanceof RegistryError) || host !== this.#call.repository.registry) throw error;
      throw isLost(error) ? error.asRetryable() : error;
    }
  }

  #url(): URL {
    return this.#location as URL;
  }

  #follow({ headers, url }: Answer): void {
    const location = headerOf(headers, 'location');
    if (location !== undefined) this.#location = resolveLocation(location, url);
  }

  #error(mistake: string): RegistryError {
    const { repository } = this.#call;
    const what = `blob ${repository.name}@${this.#blob.digest}`;
    return requestError({ repository, what }, mistake, { code: 'BLOB_UPLOAD_INVALID' });
  }
}

/**
 * Returns the length of equal parts that are not larger than `most`, if `least` allows that. A
 * registry cannot know which part is the last, so that must not be a small one.
 */
function partLength(size: number, most: number, least: number): number {
  const count = Math.ceil(size / Math.max(most, least));
  const mostCount = least === 0 ? count : Math.max(1, Math.floor(size / least));
  return Math.ceil(size / Math.min(count, mostCount));
}

const octets = { 'content-type': 'application/octet-stream' };

const lostCodes = new Set([
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'RANGE_INVALID',
  'SIZE_INVALID',
  'UNAUTHORIZED',
]);

/** Reports whether a session is lost, or its bytes were on the way, so that a new one may succeed. */
function isLost({ status, code = '' }: RegistryError): boolean {
  return status === 404 || status === 416 || lostCodes.has(code);
}
