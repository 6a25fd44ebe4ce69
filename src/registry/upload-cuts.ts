import { RegistryError } from './registry-error.ts';
import { smallerThan } from './upload-size.ts';

/** After so many cuts, a blob is sent in parts. */
const mostCuts = 2;
/** In bytes. The size may not be the reason for a cut, so no smaller part is guessed. */
const smallestGuess = 1024 * 1024;
const cutCodes = new Set(['ECONNRESET', 'EPIPE']);

/**
 * UploadCuts counts the connections that broke while one blob was sent. A server that finds a request
 * too large may close the connection while it is sent, and then its answer, a 413, is lost. A broken
 * network looks the same.
 */
export class UploadCuts {
  #count = 0;
  /** True if the registry takes no parts, so that the network must be the reason. */
  #isWholeOnly = false;

  /**
   * Returns the size of the parts to send instead of requests of `size` bytes; undefined if there is
   * no reason for smaller ones.
   */
  chunkInsteadOf(size: number): number | undefined {
    if (this.#count < mostCuts || this.#isWholeOnly) return undefined;
    let chunk = size;
    for (let cut = mostCuts; cut <= this.#count; cut++)
      chunk = Math.max(smallestGuess, smallerThan(chunk));
    return chunk < size ? chunk : undefined;
  }

  /** Records an error of the registry. */
  note(error: unknown): void {
    if (error instanceof RegistryError && cutCodes.has(error.code ?? '')) this.#count++;
  }

  /** Records that the registry refused the parts that were sent because of cuts. */
  refuseParts(): void {
    this.#isWholeOnly = true;
  }
}
