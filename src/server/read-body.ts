import type { IncomingMessage } from 'node:http';
import { runSteps, type Steps } from '../admission/steps.ts';
import { BodyError, maxBodySize, tooLarge } from './body-error.ts';
import { BodyQueue, type QueuedBody } from './body-queue.ts';
import { decodeBody } from './decode-body.ts';
import { HeldMemory, type MemoryHolder } from './held-memory.ts';
import { PacedSteps } from './paced-steps.ts';
import { PacedTasks } from './paced-tasks.ts';
import { ReviewQueue, type WaitingReview } from './review-queue.ts';

/**
 * The largest small body, in bytes. Small bodies are read as they arrive; larger ones take turns.
 * Most reviews are a few kilobytes.
 */
const smallBodySize = 64 * 1024;
/**
 * The most that all unfinished small bodies may hold together, in bytes. With the large ones in
 * their turn it is 64 MiB.
 */
const maxHeld = 28 * 1024 * 1024;
/** How much of a large body is read before others have their turn, in bytes. */
const sliceSize = 128 * 1024;

type Done = (body: string | Error) => Steps<void>;

/**
 * Reads the body of a request as UTF-8 text. A small body never waits for large ones, which are
 * read in slices and reviewed one after the other, a step in a turn of the event loop. If the
 * deadline passes before the last step, or the client goes, the other steps are left out.
 *
 * @param deadline when the API server stops waiting, in the milliseconds of `performance.now()`
 * @param done gets the text; a BodyError if the body is too large, is late, or finds no room; or
 *   the Error of a connection that was closed; it answers in steps
 */
export function readBody(request: IncomingMessage, deadline: number, done: Done): void {
  new Body(request, deadline, done).start();
}

const smallBodies = new HeldMemory(maxHeld);
const largeBodies = new BodyQueue();
const slices = new PacedTasks(8);
const largeReviews = new PacedSteps();
const smallReviews = new ReviewQueue();
const nothing = Buffer.alloc(0);

class Body implements MemoryHolder, QueuedBody {
  readonly #request: IncomingMessage;
  /** The Content-Length; NaN if the request has none. */
  readonly #declared: number;
  readonly #deadline: number;
  readonly #done: Done;
  /** The body, while a single chunk is all of it. This is the usual case. */
  #only: Buffer | undefined;
  #buffer: Buffer | undefined;
  /** The bytes that have arrived, apart from those of `#only`. */
  size = 0;
  #isLarge = false;
  #hasArrived = false;
  #isSettled = false;
  #sliceLeft = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, deadline: number, done: Done) {
    this.#request = request;
    this.#declared = Number(request.headers['content-length'] ?? Number.NaN);
    this.#deadline = deadline;
    this.#done = done;
  }

  start(): void {
    const request = this.#request;
    // A large body is not read before its turn.
    if (this.#declared > smallBodySize) request.pause();
    request.on('data', (chunk: Buffer) => this.#take(chunk));
    request.on('end', () => this.#finish());
    request.on('error', (error) => this.fail(error));
    request.on('close', () => {
      if (!this.#hasArrived) this.fail(new Error('the connection was closed'));
    });
    if (this.#declared > maxBodySize) this.fail(tooLarge());
    else if (this.#declared > smallBodySize) this.#becomeLarge();
  }

  /**
   * Returns the length of a large body, or the largest possible if the request does not declare it.
   */
  get claim(): number {
    return this.#declared || maxBodySize;
  }

  begin(): void {
    this.#grow(this.claim);
    this.#readSlice();
  }

  get isAwaited(): boolean {
    return !this.#hasArrived && !this.#request.isPaused();
  }

  evict(): void {
    this.fail(new BodyError(503, 'the server is busy with other large bodies'));
  }

  fail(error: Error): void {
    if (!this.#settle()) return;
    this.#release();
    runSteps(this.#done(error));
  }

  #take(chunk: Buffer): void {
    const size = this.size + chunk.length;
    // After a refusal nothing more is read: reading the rest of a large body would cost more than
    // the refusal saved.
    if (this.#isSettled) this.#request.pause();
    else if (size > maxBodySize) this.fail(tooLarge());
    else if (chunk.length === this.#declared) this.#only = chunk;
    else if (this.#isLarge) this.#takeSlice(chunk);
    else this.#takeSmall(chunk);
  }

  #takeSmall(chunk: Buffer): void {
    const size = this.size + chunk.length;
    if (size > (this.#buffer?.length ?? 0)) this.#hold(this.#declared || 2 * size);
    this.#append(chunk);
    if (size > smallBodySize) this.#becomeLarge();
  }

  #takeSlice(chunk: Buffer): void {
    this.#append(chunk);
    this.#sliceLeft -= chunk.length;
    if (this.#sliceLeft > 0) return;
    this.#request.pause();
    slices.add(() => this.#readSlice());
  }

  #readSlice(): void {
    if (this.#isSettled) return;
    this.#sliceLeft = sliceSize;
    this.#request.resume();
  }

  #becomeLarge(): void {
    this.#request.pause();
    this.#limitTime();
    this.#release();
    this.#isLarge = true;
    largeBodies.add(this);
  }

  #hold(capacity: number): void {
    this.#limitTime();
    this.#grow(capacity);
    smallBodies.hold(this, capacity);
  }

  /** Sets the deadline: a body must not hold memory or a place forever. */
  #limitTime(): void {
    if (this.#timer !== undefined) return;
    const giveUp = () => {
      const what = this.#hasArrived ? 'was not reviewed' : 'did not arrive';
      this.fail(new BodyError(503, `the body ${what} before the deadline`));
    };
    this.#timer = setTimeout(giveUp, this.#deadline - performance.now());
  }

  /**
   * Grows the buffer. The system provides memory when it is written to, so a body that claims much
   * costs only what arrives.
   */
  #grow(capacity: number): void {
    const old = this.#buffer;
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
    old?.copy(this.#buffer);
  }

  /** Copies the chunk: keeping a chunk of a few bytes can keep hundreds in memory. */
  #append(chunk: Buffer): void {
    chunk.copy(this.#buffer as Buffer, this.size);
    this.size += chunk.length;
  }

  #finish(): void {
    if (this.#isSettled) return;
    this.#hasArrived = true;
    if (this.#isLarge) largeReviews.add(this.#reviewLarge());
    else if (smallReviews.admit(this.#bytes.length)) this.#reviewSmall();
    else smallReviews.wait(this.#waitingReview());
  }

  get #bytes(): Buffer {
    return this.#only ?? this.#buffer?.subarray(0, this.size) ?? nothing;
  }

  #waitingReview(): WaitingReview {
    return {
      size: this.#bytes.length,
      begin: () => this.#endIfGone() || this.#reviewSmall(),
      evict: () => this.fail(new BodyError(503, 'the server is busy with other reviews')),
    };
  }

  /** Ends a body that has waited if its client has gone meanwhile, and reports whether it has. */
  #endIfGone(): boolean {
    const isGone = this.#request.socket.destroyed;
    if (isGone) this.fail(new Error('the connection was closed'));
    return isGone;
  }

  #reviewSmall(): void {
    if (this.#isSettled) return;
    const text = this.#bytes.toString();
    this.#settle();
    try {
      runSteps(this.#done(text));
    } finally {
      this.#release();
    }
  }

  /** Decodes and reviews a large body, which keeps its place until then. */
  *#reviewLarge(): Steps<void> {
    const steps = this.#decodeAndReview();
    try {
      while (!this.#isSettled && !this.#endIfGone() && !steps.next().done) yield;
    } finally {
      this.#settle();
      this.#release();
    }
  }

  *#decodeAndReview(): Steps<void> {
    const text = yield* decodeBody(this.#bytes);
    this.#buffer = undefined;
    yield* this.#done(text);
  }

  /** Ends the reading. Reports false if it had ended before. */
  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#buffer = undefined;
    return true;
  }

  #release(): void {
    if (this.#isLarge) largeBodies.leave(this);
    else smallBodies.release(this);
  }
}
