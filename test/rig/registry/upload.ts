import { createHash } from 'node:crypto';
import { type Content, contentOf, digestOf, forgottenContent } from './content.ts';

/** Upload takes the bytes of a blob. */
export class Upload {
  readonly #chunks: Buffer[] = [];
  readonly #hash = createHash('sha256');
  readonly #keepsBytes: boolean;
  size = 0;
  /** How many bytes each request brought. */
  readonly parts: number[] = [];

  /** Without its bytes an upload takes no memory, and gives content that cannot be read. */
  constructor(keepsBytes: boolean) {
    this.#keepsBytes = keepsBytes;
  }

  async write(body: AsyncIterable<Buffer>): Promise<void> {
    const before = this.size;
    for await (const bytes of body) {
      this.#hash.update(bytes);
      if (this.#keepsBytes) this.#chunks.push(bytes);
      this.size += bytes.length;
    }
    if (this.size > before) this.parts.push(this.size - before);
  }

  /** Returns the content if it has this digest, or is believed to. */
  finish(digest: string, isBelieved = false): Content | undefined {
    const [algorithm] = digest.split(':');
    if (!this.#keepsBytes) {
      const is = `sha256:${this.#hash.copy().digest('hex')}`;
      return is === digest ? forgottenContent(this.size) : undefined;
    }
    const bytes = Buffer.concat(this.#chunks);
    const isRight = isBelieved || digestOf(bytes, algorithm) === digest;
    return isRight ? contentOf(bytes) : undefined;
  }
}
