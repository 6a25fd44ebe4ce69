import type { LayoutFiles } from './layout-files.ts';
import type { LayoutIndex } from './layout-index.ts';

/** The shortest time between two writings of the index, in milliseconds. */
const leastPause = 1_000;
/** The index of a large layout takes longer to write, so it is written less often. */
const pauseToWriting = 20;

/** SavedIndex writes the index of a layout while images arrive, and at the end. */
export class SavedIndex {
  readonly #files: LayoutFiles;
  readonly #index: LayoutIndex;
  #due = performance.now() + leastPause;
  #writing: Promise<void> = Promise.resolve();

  constructor(files: LayoutFiles, index: LayoutIndex) {
    this.#files = files;
    this.#index = index;
  }

  /** Writes the index if that was not done a moment ago. */
  async saveSoon(): Promise<void> {
    if (!this.#files.hasCheapIndex || performance.now() < this.#due) return;
    this.#due = Number.POSITIVE_INFINITY;
    const started = performance.now();
    try {
      await this.save();
    } finally {
      const ended = performance.now();
      this.#due = ended + Math.max(leastPause, pauseToWriting * (ended - started));
    }
  }

  /** Writes the index unless it is as it was. */
  async save(): Promise<void> {
    await this.#writing.catch(() => undefined);
    if (!this.#index.isChanged) return;
    this.#index.isChanged = false;
    this.#writing = this.#files.writeIndex(this.#index.toBytes());
    try {
      await this.#writing;
    } catch (error) {
      this.#index.isChanged = true;
      throw error;
    }
  }
}
