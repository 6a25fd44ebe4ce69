import type { IncomingMessage } from 'node:http';
import { BodyQueue, type QueuedBody } from './body-queue.ts';
import { decodeBody } from './decode-body.ts';
import { HeldMemory, type MemoryHolder } from './held-memory.ts';
import { PacedTasks } from './paced-tasks.ts';

/**
 * The largest body, in bytes. A legitimate UPDATE reaches 16.8 MB: 1.4 MB of `<` in one variable, escaped to six bytes
 * each, in object and oldObject.
 */
export const maxBodySize = 32 * 1024 * 1024;
/** Bodies up to this size, in bytes, are read as they come; larger ones take turns. Most reviews are a few kilobytes. */
const smallBodySize = 64 * 1024;
/** What all small bodies that have not ended may hold together, in bytes; with the large ones in their turn 64 MiB. */
const maxHeld = 28 * 1024 * 1024;
/** How much of a large body is read before others have their go, in bytes. */
const sliceSize = 128 * 1024;

/** Why a body was not read, with the HTTP status that says so. */
export class BodyError extends Error {
  override name = 'BodyError';
  readonly status: 413 | 503;

  constructor(status: 413 | 503, message: string) {
    super(message);
    this.status = status;
  }
}

interface BodyOptions {
  /** When the API server stops waiting, in the milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** Whether it is the first body of its connection. */
  readonly isFirst: boolean;
}

type Done = (body: string | Error) => void;

/**
 * Reads a request's body as UTF-8 text. A small body never waits for large ones: those are read in slices, and reviewed one
 * in a turn of the event loop. So are the first bodies of connections: hundreds of clients that come at once do not hold up
 * those that are there already.
 *
 * @param done gets the text, or a BodyError if it is too large, comes too late, or there is no room for it
 */
export function readBody(request: IncomingMessage, options: BodyOptions, done: Done): void {
  new Body(request, options, done).start();
}

const smallBodies = new HeldMemory(maxHeld);
const largeBodies = new BodyQueue();
const slices = new PacedTasks(8);
const largeReviews = new PacedTasks(1);
const firstReviews = new PacedTasks(1);

class Body implements MemoryHolder, QueuedBody {
  readonly #request: IncomingMessage;
  /** NaN if the request does not say it. */
  readonly #declared: number;
  readonly #deadline: number;
  readonly #isFirst: boolean;
  readonly #done: Done;
  /** The body itself while one chunk is all of it, as nearly always. */
  #only: Buffer | undefined;
  #buffer: Buffer | undefined;
  /** What has arrived, in bytes. */
  size = 0;
  #isLarge = false;
  #hasArrived = false;
  #isSettled = false;
  #sliceLeft = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, { deadline, isFirst }: BodyOptions, done: Done) {
    this.#request = request;
    this.#declared = Number(request.headers['content-length'] ?? Number.NaN);
    this.#deadline = deadline;
    this.#isFirst = isFirst;
    this.#done = done;
  }

  start(): void {
    const request = this.#request;
    // Nothing of a large body is read before its turn.
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

  /** The length of a large body, or the largest if the request does not say it. */
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
    this.#done(error);
  }

  #take(chunk: Buffer): void {
    const size = this.size + chunk.length;
    // After a refusal nothing more is read: the rest of a large body would cost more than the refusal saved.
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

  /** A body that holds memory or a place may not do so for ever. */
  #limitTime(): void {
    if (this.#timer !== undefined) return;
    const error = () => new BodyError(503, 'the body did not arrive before the deadline');
    this.#timer = setTimeout(() => this.fail(error()), this.#deadline - performance.now());
  }

  /** The system gives memory when it is written to: a body that claims much costs no more than what it brings. */
  #grow(capacity: number): void {
    const old = this.#buffer;
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
    old?.copy(this.#buffer);
  }

  /** Copies: a chunk of a few bytes can keep hundreds alive. */
  #append(chunk: Buffer): void {
    chunk.copy(this.#buffer as Buffer, this.size);
    this.size += chunk.length;
  }

  #finish(): void {
    if (this.#isSettled) return;
    this.#hasArrived = true;
    const body = this.#only ?? this.#buffer?.subarray(0, this.size);
    const review = () => this.#succeed(body?.toString() ?? '');
    if (this.#isLarge) largeReviews.add(() => this.#decode(body as Buffer));
    else if (this.#isFirst) firstReviews.add(review);
    else review();
  }

  #decode(body: Buffer): void {
    // It has waited until now, and there may be nobody left who wants the answer.
    if (this.#request.socket.destroyed) this.fail(new Error('the connection was closed'));
    const schedule = (step: () => void) => largeReviews.add(() => this.#isSettled || step());
    if (!this.#isSettled) decodeBody(body, schedule, (text) => this.#succeed(text));
  }

  /** A large body keeps its place until it has been reviewed. */
  #succeed(text: string): void {
    if (!this.#settle()) return;
    try {
      this.#done(text);
    } finally {
      this.#release();
    }
  }

  /** Reports whether nothing has come of it before. */
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

function tooLarge(): BodyError {
  return new BodyError(413, `the body is larger than ${maxBodySize} bytes`);
}
