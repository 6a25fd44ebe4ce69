import type { MirrorEvent } from '../../../mirror/mirror-event.ts';
import type { PlannedImage } from '../../../mirror/plan.ts';

/** Progress says how far a run is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Read from origins so far, in bytes. */
  readonly bytes: number;
  /** In bytes per second, lately. */
  readonly rate: number;
  /** In milliseconds; undefined as long as it cannot be estimated. */
  readonly left: number | undefined;
  /** The images under way, as they are listed. */
  readonly running: readonly string[];
}

/** The rate is measured over this many milliseconds. */
const lately = 5_000;
/** An estimate needs at least this many milliseconds. */
const leastTime = 2_000;

/** ProgressCount counts what happens, and estimates what is left. */
export class ProgressCount {
  readonly #toCopy: number;
  readonly #total: number;
  readonly #running = new Map<PlannedImage, string>();
  #recent: { readonly time: number; readonly bytes: number }[] = [];
  #begun: number | undefined;
  /** Images that are done, of all; and those of which the size is known, of those to copy. */
  #done = 0;
  #sized = 0;
  /** In bytes: of the images whose size is known, read from origins, and not to be read. */
  #known = 0;
  #read = 0;
  #spared = 0;

  constructor(images: readonly PlannedImage[]) {
    this.#total = images.length;
    this.#toCopy = images.filter(({ action }) => action === 'copy').length;
  }

  /** Takes note of an event at a time in milliseconds. */
  note(event: MirrorEvent, time: number): void {
    this.#begun ??= time;
    switch (event.type) {
      case 'started':
        this.#running.set(event.planned, event.planned.listed[0]?.image ?? '');
        return;
      case 'sized':
        this.#sized++;
        this.#known += event.bytes;
        return;
      case 'blob':
        if (event.way !== 'uploaded') this.#spared += event.bytes;
        return;
      case 'bytes':
        this.#read += event.bytes;
        this.#recent.push({ time, bytes: this.#read });
        return;
      case 'finished':
        this.#running.delete(event.outcome.planned);
        this.#done++;
    }
  }

  at(time: number): Progress {
    this.#recent = this.#recent.filter((one) => time - one.time <= lately);
    const [first] = this.#recent;
    const seconds = first === undefined ? 0 : Math.max(0.5, (time - first.time) / 1000);
    const rate = first === undefined ? 0 : (this.#read - first.bytes) / seconds;
    return {
      done: this.#done,
      total: this.#total,
      bytes: this.#read,
      rate: Math.round(rate),
      left: this.#left(time),
      running: [...this.#running.values()],
    };
  }

  /** Assumes that images of unknown size are as large as the others on average. */
  #left(time: number): number | undefined {
    const spent = time - (this.#begun ?? time);
    const handled = this.#read + this.#spared;
    if (handled === 0 || spent < leastTime) return undefined;
    const all = (this.#known / this.#sized) * this.#toCopy;
    return Math.max(0, (spent / handled) * (all - handled));
  }
}
