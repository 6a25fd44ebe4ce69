import type { RecordedRequest } from './exchange.ts';

/** Effect is what goes wrong with a request. */
export type Effect =
  /** Answers so, and does nothing else. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Cuts the connection before anything is done. */
  | { readonly kind: 'cut' }
  /** Cuts the connection after so many bytes of the request's body. */
  | { readonly kind: 'cut-upload'; readonly after: number }
  /** Cuts the connection after so many bytes of the answer's body. */
  | { readonly kind: 'cut-answer'; readonly after: number }
  /** Does what was asked for, and cuts the connection without an answer. */
  | { readonly kind: 'lose-answer' }
  /** Ends the answer after so many bytes, as if that were all. */
  | { readonly kind: 'truncate'; readonly after: number }
  /** Flips a bit of the answer's byte at this place. */
  | { readonly kind: 'corrupt'; readonly at: number }
  /** Sends another digest in the header. */
  | { readonly kind: 'wrong-digest' }
  /** Sends the answer's body at this rate, in bytes per second. */
  | { readonly kind: 'slow'; readonly rate: number }
  /** Stops sending after so many bytes of the answer's body, and keeps the connection open. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Waits so many milliseconds before the answer. */
  | { readonly kind: 'delay'; readonly milliseconds: number };

/** Fault says which requests something goes wrong with. */
export interface Fault {
  /** All requests if it is missing. */
  readonly on?: (request: RecordedRequest) => boolean;
  /** So many of those requests go well at first. */
  readonly skip?: number;
  /** Then one in so many is met. Default: each. */
  readonly every?: number;
  /** And no more than so many. Default: without end. */
  readonly times?: number;
  readonly effect: Effect | ((request: RecordedRequest) => Effect | undefined);
}

/** Faults decides which request meets which fault. */
export class Faults {
  #faults: { readonly fault: Fault; seen: number; met: number }[] = [];

  /** Adds a fault, and returns a function that removes it. */
  add(fault: Fault): () => void {
    const entry = { fault, seen: 0, met: 0 };
    this.#faults.push(entry);
    return () => {
      this.#faults = this.#faults.filter((each) => each !== entry);
    };
  }

  clear(): void {
    this.#faults = [];
  }

  /** Returns the effect that this request meets: of several faults the first. */
  next(request: RecordedRequest): Effect | undefined {
    for (const entry of this.#faults) {
      const { on, skip = 0, every = 1, times = Number.POSITIVE_INFINITY, effect } = entry.fault;
      if (on !== undefined && !on(request)) continue;
      entry.seen += 1;
      const isDue = entry.seen > skip && (entry.seen - skip - 1) % every === 0;
      if (!isDue || entry.met >= times) continue;
      const chosen = typeof effect === 'function' ? effect(request) : effect;
      if (chosen === undefined) continue;
      entry.met += 1;
      return chosen;
    }
    return undefined;
  }
}

/** Selects requests by method and by a part of their path. */
export function requestsTo(
  method: string,
  path: string | RegExp,
): (request: RecordedRequest) => boolean {
  return (request) =>
    request.method === method &&
    (typeof path === 'string' ? request.path.includes(path) : path.test(request.path));
}
