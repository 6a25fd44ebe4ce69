/** QueuedBody is a large body that takes part of the memory while it is read and reviewed. */
export interface QueuedBody {
  /** The most that it may take, in bytes. */
  readonly claim: number;
  /** The bytes that have arrived. */
  readonly size: number;
  /** Whether the server waits for the sender, and not the sender for the server. */
  readonly isAwaited: boolean;
  /** Begins to read the body. */
  begin(): void;
  /** Gives the body up, whether it waits or is being read: others need its place. */
  evict(): void;
}

/**
 * The most that all bodies being read may take, in bytes: two of the largest legitimate ones, or
 * many smaller ones.
 */
const room = 36 * 1024 * 1024;
/**
 * How many bodies may wait. With the two that are being read, sixteen of the largest legitimate
 * bodies are accepted at once.
 */
const maxWaiting = 14;
/** How often the bodies being read are checked while others wait, in milliseconds. */
const checkInterval = 50;
/**
 * A sender is late after this many checks in all (three seconds), or after this many in a row that
 * found nothing new (one second). A client that prepares several of the largest bodies is silent
 * for most of a second. Checks are counted instead of time, because a process that gets no
 * processor does not check.
 */
const maxChecks = 60;
const maxIdleChecks = 20;

interface Progress {
  size: number;
  checks: number;
  idleChecks: number;
}

/** BodyQueue lets as many large bodies be read at once as memory has room for. The others wait. */
export class BodyQueue {
  readonly #reading = new Map<QueuedBody, Progress>();
  #claimed = 0;
  readonly #waiting = new Set<QueuedBody>();
  #check: NodeJS.Timeout | undefined;

  /**
   * Calls `begin` as soon as there is room; `leave` gives the room back. If too many bodies wait,
   * the largest of them is evicted immediately: a client that is refused can act on it, a client
   * that waits in vain cannot.
   */
  add(body: QueuedBody): void {
    this.#waiting.add(body);
    this.#beginThoseThatFit();
    if (this.#waiting.size > maxWaiting) largest(this.#waiting).evict();
    this.#scheduleCheck();
  }

  /** Gives back the room of a body, or its place among the waiting bodies. */
  leave(body: QueuedBody): void {
    this.#waiting.delete(body);
    if (!this.#reading.delete(body)) return;
    this.#claimed -= body.claim;
    this.#beginThoseThatFit();
  }

  /** Begins the smallest body first. If several are equally large, the first to arrive begins. */
  #beginThoseThatFit(): void {
    for (const body of [...this.#waiting].sort((one, other) => one.claim - other.claim)) {
      if (this.#reading.size > 0 && this.#claimed + body.claim > room) return;
      this.#waiting.delete(body);
      this.#reading.set(body, { size: 0, checks: 0, idleChecks: 0 });
      this.#claimed += body.claim;
      body.begin();
    }
  }

  #scheduleCheck(): void {
    if (this.#check !== undefined || this.#waiting.size === 0) return;
    // setImmediate: what has arrived by then is read first.
    this.#check = setTimeout(() => setImmediate(() => this.#evictLate()), checkInterval).unref();
  }

  #evictLate(): void {
    this.#check = undefined;
    for (const [body, progress] of [...this.#reading]) {
      if (this.#waiting.size > 0 && isLate(body, progress)) body.evict();
    }
    this.#scheduleCheck();
  }
}

function isLate({ size, isAwaited }: QueuedBody, progress: Progress): boolean {
  if (!isAwaited) return false;
  progress.checks++;
  progress.idleChecks = size === progress.size ? progress.idleChecks + 1 : 0;
  progress.size = size;
  return progress.checks > maxChecks || progress.idleChecks > maxIdleChecks;
}

/** Returns the largest body. If several are equally large, it is the last to arrive. */
function largest(bodies: Iterable<QueuedBody>): QueuedBody {
  return [...bodies].reduce((one, other) => (other.claim >= one.claim ? other : one));
}
