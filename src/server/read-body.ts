import type { IncomingMessage } from 'node:http';
import { leaveTurn, type TurnTaker, waitForTurn } from './turn.ts';

/**
 * The largest body, in bytes. A legitimate UPDATE reaches 16.8 MB: 1.4 MB of `<` in one variable, escaped to six bytes
 * each, in object and oldObject.
 */
export const maxBodySize = 32 * 1024 * 1024;
/** From this size on, in bytes, bodies take turns. */
const largeBodySize = 1024 * 1024;
/** What all bodies that have not ended may hold together, in bytes. */
const maxHeld = 64 * 1024 * 1024;
const firstCapacity = 64 * 1024;

/** Why a body was not read, with the HTTP status that says so. */
export class BodyError extends Error {
  override name = 'BodyError';
  readonly status: 413 | 503;

  constructor(status: 413 | 503, message: string) {
    super(message);
    this.status = status;
  }
}

type Done = (body: string | Error) => void;

/**
 * Reads a request's body as UTF-8 text.
 *
 * @param deadline when the API server stops waiting, in the milliseconds of `performance.now()`
 * @param done gets the text, or a BodyError where it is too large, comes too late, or others need the room
 */
export function readBody(request: IncomingMessage, deadline: number, done: Done): void {
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  if (declared > maxBodySize) done(tooLarge());
  else new Body(request, declared, deadline, done);
}

/** Bodies that have begun and not ended, the oldest first. */
const unfinished = new Set<Body>();
let held = 0;

class Body implements TurnTaker {
  readonly #request: IncomingMessage;
  readonly #declared: number;
  readonly #deadline: number;
  readonly #done: Done;
  /** The body itself while one chunk is all of it, as nearly always. */
  #only: Buffer | undefined;
  #buffer: Buffer | undefined;
  #size = 0;
  #isSettled = false;
  #hasAskedForTurn = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, declared: number, deadline: number, done: Done) {
    this.#request = request;
    this.#declared = declared;
    this.#deadline = deadline;
    this.#done = done;
    request.on('data', (chunk: Buffer) => this.#take(chunk));
    request.on('end', () => this.#finish());
    request.on('error', (error) => this.fail(error));
    request.on('close', () => {
      if (!this.#isSettled) this.fail(new Error('the connection was closed'));
    });
  }

  /** Its turn has come; until then nothing more is read. */
  resume(): void {
    this.#request.resume();
  }

  fail(error: Error): void {
    if (this.#settle()) this.#done(error);
  }

  evict(): void {
    this.fail(new BodyError(503, 'others need the room that this body takes'));
  }

  #take(chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#size += chunk.length;
    if (this.#size > maxBodySize) {
      this.fail(tooLarge());
      return;
    }
    if (this.#size === this.#declared && this.#buffer === undefined) {
      this.#only = chunk;
      return;
    }
    this.#begin();
    this.#append(chunk);
    if (this.#size > largeBodySize && !this.#hasAskedForTurn) {
      this.#hasAskedForTurn = true;
      this.#request.pause();
      waitForTurn(this);
    }
  }

  /** From now on this body holds memory, so it may not wait for ever. */
  #begin(): void {
    if (this.#timer !== undefined) return;
    unfinished.add(this);
    const error = () => new BodyError(503, 'the body did not arrive before the deadline');
    this.#timer = setTimeout(() => this.fail(error()), this.#deadline - performance.now());
  }

  /** Copies: a chunk of a few bytes can keep hundreds alive. */
  #append(chunk: Buffer): void {
    const start = this.#size - chunk.length;
    if (this.#buffer === undefined || this.#size > this.#buffer.length) this.#grow();
    chunk.copy(this.#buffer as Buffer, start);
  }

  #grow(): void {
    const old = this.#buffer;
    const limit = this.#declared || maxBodySize;
    const capacity = Math.min(limit, Math.max(firstCapacity, this.#size, 2 * (old?.length ?? 0)));
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
    old?.copy(this.#buffer);
    held += capacity - (old?.length ?? 0);
    for (const oldest of unfinished) {
      if (held <= maxHeld) return;
      if (oldest !== this) oldest.evict();
    }
  }

  #finish(): void {
    const body = this.#only ?? this.#buffer?.subarray(0, this.#size);
    if (this.#settle()) this.#done(body === undefined ? '' : body.toString());
  }

  /** Gives back what it holds; false where that was done before. */
  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    if (this.#timer === undefined) return true;
    clearTimeout(this.#timer);
    unfinished.delete(this);
    held -= this.#buffer?.length ?? 0;
    this.#buffer = undefined;
    if (this.#hasAskedForTurn) leaveTurn(this);
    return true;
  }
}

function tooLarge(): BodyError {
  return new BodyError(413, `the body is larger than ${maxBodySize} bytes`);
}
