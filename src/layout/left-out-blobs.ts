import { digestOf } from '../registry/digest.ts';
import type { EarlierArchives } from './earlier-archives.ts';
import type { LayoutBlobs } from './layout-blobs.ts';
import type { Blob } from './layout-files.ts';
import type { LayoutIndex } from './layout-index.ts';
import {
  type EarlierBlob,
  findLeftOut,
  formatLeftOut,
  leftOutType,
  parseLeftOut,
} from './left-out.ts';

/**
 * LeftOutBlobs are the blobs that a layout leaves out, because an earlier one has them. The record of
 * them says which image has each, so that an import finds them in the mirror.
 */
export class LeftOutBlobs {
  readonly #blobs: LayoutBlobs;
  readonly #index: LayoutIndex;
  readonly #earlier: EarlierArchives | undefined;
  readonly #new = new Map<string, EarlierBlob>();
  #known: Promise<Map<string, EarlierBlob>> | undefined;

  constructor(blobs: LayoutBlobs, index: LayoutIndex, earlier: EarlierArchives | undefined) {
    this.#blobs = blobs;
    this.#index = index;
    this.#earlier = earlier;
  }

  async find(digest: string): Promise<EarlierBlob | undefined> {
    this.#known ??= this.#read();
    return (await this.#known).get(digest);
  }

  /** Leaves out a blob if an earlier layout brings it to the mirror. Returns whether it does. */
  async leaveOut(blob: Blob): Promise<boolean> {
    if (await this.#blobs.has(blob)) return false;
    const place = await this.#earlier?.placeOf(blob);
    if (place === undefined) return false;
    if ((await this.find(blob.digest)) === undefined) this.#new.set(blob.digest, place);
    return true;
  }

  /** Writes the record, if it has become longer. */
  async save(): Promise<void> {
    if (this.#new.size === 0) return;
    this.#known ??= this.#read();
    const bytes = formatLeftOut(new Map([...(await this.#known), ...this.#new]));
    const digest = digestOf(bytes);
    const size = bytes.length;
    await this.#blobs.writeBytes({ digest, size }, bytes);
    this.#index.replaceOther({ mediaType: leftOutType, digest, size });
  }

  async #read(): Promise<Map<string, EarlierBlob>> {
    const record = findLeftOut(this.#index.others());
    return record === undefined ? new Map() : parseLeftOut(await this.#blobs.readBytes(record));
  }
}
