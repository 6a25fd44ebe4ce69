/** QueuedBody is a large body that takes part of the memory while it is read and reviewed. */
export interface QueuedBody {
  /** What it may come to, in bytes. */
  readonly claim: number;
  /** What has arrived of it, in bytes. */
  readonly size: number;
  /** Whether its sender is waited for, and not this process. */
  readonly isAwaited: boolean;
  /** Begins to read it. */
  begin(): void;
  /** Gives it up, whether it waits or is read: others need its place. */
  evict(): void;
}

/** What all bodies that are read may come to, in bytes: two of the largest legitimate ones, or many smaller ones. */
const room = 36 * 1024 * 1024;
/** With the two that are read, sixteen of the largest legitimate bodies are taken at once. */
const maxWaiting = 14;
/** How often those that are read are looked at while others wait, in milliseconds. */
const lookInterval = 50;
/**
 * After so many looks, in all and in a row without anything new, a sender that is waited for is late: after three seconds, or
 * one. A client that prepares several of the largest bodies is silent for most of a second. Looks are counted and not time,
 * because a process that gets no processor does not look.
 */
const maxLooks = 60;
const maxIdleLooks = 20;

interface Progress {
  size: number;
  looks: number;
  idleLooks: number;
}

/** BodyQueue lets as many large bodies be read at once as memory has room for; the others wait. */
export class BodyQueue {
  readonly #reading = new Map<QueuedBody, Progress>();
  #claimed = 0;
  readonly #waiting = new Set<QueuedBody>();
  #look: NodeJS.Timeout | undefined;

  /**
   * Calls `begin` as soon as there is room, which `leave` gives back. If too many wait, the
   * largest of them is evicted at once: a client that is refused can act on it, one that waits in vain cannot.
   */
  add(body: QueuedBody): void {
    this.#waiting.add(body);
    this.#beginThoseThatFit();
    if (this.#waiting.size > maxWaiting) largest(this.#waiting).evict();
    this.#lookLater();
  }

  /** Gives back the room of a body, or its place among those that wait. */
  leave(body: QueuedBody): void {
    this.#waiting.delete(body);
    if (!this.#reading.delete(body)) return;
    this.#claimed -= body.claim;
    this.#beginThoseThatFit();
  }

  /** Begins the smallest first, and of equal ones the one that came first. */
  #beginThoseThatFit(): void {
    for (const body of [...this.#waiting].sort((one, other) => one.claim - other.claim)) {
      if (this.#reading.size > 0 && this.#claimed + body.claim > room) return;
      this.#waiting.delete(body);
      this.#reading.set(body, { size: 0, looks: 0, idleLooks: 0 });
      this.#claimed += body.claim;
      body.begin();
    }
  }

  #lookLater(): void {
    if (this.#look !== undefined || this.#waiting.size === 0) return;
    // Once what has arrived by then was read.
    this.#look = setTimeout(() => setImmediate(() => this.#evictLate()), lookInterval).unref();
  }

  #evictLate(): void {
    this.#look = undefined;
    for (const [body, progress] of [...this.#reading]) {
      if (this.#waiting.size > 0 && isLate(body, progress)) body.evict();
    }
    this.#lookLater();
  }
}

function isLate({ size, isAwaited }: QueuedBody, progress: Progress): boolean {
  if (!isAwaited) return false;
  progress.looks++;
  progress.idleLooks = size === progress.size ? progress.idleLooks + 1 : 0;
  progress.size = size;
  return progress.looks > maxLooks || progress.idleLooks > maxIdleLooks;
}

/** Returns, of equal ones, the one that came last. */
function largest(bodies: Iterable<QueuedBody>): QueuedBody {
  return [...bodies].reduce((one, other) => (other.claim >= one.claim ? other : one));
}
