import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request, and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
}

export interface ConnectionOwner {
  /** Requests that may wait on one connection for the answers before them. */
  readonly mostWaiting: number;
  handle(exchange: Exchange): void;
  /** Counts what was written on a connection, in bytes. */
  countWritten(connection: Connection, size: number): void;
}

/** What is read and thrown away at the end of a connection, in bytes. */
const maxDiscarded = 256 * 1024;
/** The most that the head of an answer takes, in bytes. */
const headSize = 512;

const requestTimeout = 'ERR_HTTP_REQUEST_TIMEOUT';
const paused = 'HPE_PAUSED';

/**
 * One connection of a client. It answers one request at a time: a client that sends many at once gets one answer a turn of
 * the event loop, as every other client does.
 */
export class Connection {
  readonly raw: Socket;
  /** When it was accepted, in the milliseconds of `performance.now()`. */
  readonly since = performance.now();
  /** The socket of its requests: the TLS socket, or `raw` without TLS. Undefined during the handshake. */
  socket: Socket | undefined;
  /** When it last got a request or an answer. */
  lastUsed = 0;
  /** Whether it ever got an answer other than a refusal. */
  hasServed = false;
  readonly #owner: ConnectionOwner;
  #current: Exchange | undefined;
  #waiting: Exchange[] = [];
  /** Whether no other request is taken. */
  #isEnding = false;
  #isDiscarding = false;
  /** What was written and may not have been sent yet, in bytes. */
  #unsent = 0;
  #unsentSince = 0;

  constructor(raw: Socket, owner: ConnectionOwner) {
    this.raw = raw;
    this.#owner = owner;
  }

  /** Reports whether the client has sent nothing since the connection was made. */
  get isSilent(): boolean {
    return this.socket === undefined || this.socket.bytesRead === 0;
  }

  /** The requests that were taken and are not answered. */
  get pending(): number {
    return this.#waiting.length + (this.#isBusy ? 1 : 0);
  }

  get #isBusy(): boolean {
    return this.#current !== undefined && !this.#current.response.writableFinished;
  }

  /** What is written and not sent, in bytes. */
  get unsent(): number {
    const response = this.#current?.response;
    if (response === undefined || response.writableFinished) return 0;
    // A response that has its socket follows nothing that is still to be sent.
    return response.writableEnded || response.socket === null ? this.#unsent : 0;
  }

  /** When the oldest answer was written that is not sent. */
  get unsentSince(): number {
    return this.unsent > 0 ? this.#unsentSince : Number.POSITIVE_INFINITY;
  }

  /** Begins a request, at once or when the answers before it are out. */
  take(exchange: Exchange): void {
    if (this.#isFree) this.#start(exchange);
    else if (this.takesMore()) this.#waiting.push(exchange);
  }

  /** Reports whether another request can be taken, or wait. If not, it is the end of reading. */
  takesMore(): boolean {
    const takes =
      !this.#isEnding && (this.#isFree || this.#waiting.length < this.#owner.mostWaiting);
    if (!takes) this.#stopParsing();
    return takes;
  }

  /** Whether the next request begins at once. */
  get #isFree(): boolean {
    const isIdle = this.#waiting.length === 0 && this.#current?.response.writableEnded !== false;
    return isIdle && !this.#isEnding;
  }

  #start(exchange: Exchange): void {
    this.#current = exchange;
    this.lastUsed = performance.now();
    this.#owner.handle(exchange);
  }

  /**
   * Takes no other request. Some of what still comes is read and thrown away, because a connection that is closed with
   * unread data is reset and loses its answers; then reading stops, or a client that goes on sending would take the time of
   * the others. It is not parsed: that would take far more time.
   */
  #stopParsing(): void {
    this.#isEnding = true;
    if (this.#isDiscarding) return;
    this.#isDiscarding = true;
    const { socket } = this;
    let left = maxDiscarded;
    // Node's HTTP parser lets a socket go as soon as it has a listener for its data.
    socket?.removeAllListeners('data').on('data', (data: Buffer) => {
      left -= data.length;
      if (left < 0) socket.pause();
    });
  }

  /**
   * Counts an answer that is about to be written, and reports whether the connection ends with it.
   *
   * An answer that fills the socket's buffer must be the last: Node then pauses its HTTP parser, TLS hands it the next
   * request all the same, and the parser fails (HPE_PAUSED), so that a request of a client that did nothing wrong is lost.
   */
  endsWith(response: ServerResponse, size: number, isLast: boolean): boolean {
    // A response gets its socket when all before it are sent.
    const isFirst = response.socket !== null;
    this.#unsent = size + headSize + (isFirst ? 0 : this.#unsent);
    this.lastUsed = performance.now();
    if (isFirst) this.#unsentSince = this.lastUsed;
    if (isLast || this.#unsent >= response.writableHighWaterMark) {
      this.#isEnding = true;
      this.#waiting = [];
    }
    if (this.#waiting.length > 0) response.once('finish', () => this.#next());
    return this.#isEnding && this.#waiting.length === 0;
  }

  countWritten(size: number): void {
    this.#owner.countWritten(this, size + headSize);
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#start(next);
  }

  /**
   * Ends a connection on which Node found an error. What was asked before the error is answered first: the client may have
   * sent it in good order, and an error written now would be taken for its answer.
   */
  fail(code: string | undefined): void {
    const { socket } = this;
    if (socket === undefined || !isOfRequest(code)) this.cut();
    else if (code === requestTimeout && socket.bytesRead === 0) return;
    else {
      this.#stopParsing();
      this.#waiting = this.#waiting.filter(({ request }) => request.complete);
      this.#endAfterAnswers(socket, code);
    }
  }

  #endAfterAnswers(socket: Socket, code: string | undefined): void {
    const { request, response } = this.#current ?? {};
    if (request === undefined || response === undefined || response.writableFinished)
      refuse(socket, code);
    else if (response.writableEnded) {
      if (this.#waiting.length === 0) response.once('finish', () => socket.destroySoon());
    } else if (!request.complete) {
      // The error is in this request. An answer before it, or the refusal that it got early, goes out.
      if (response.headersSent || response.socket === null) socket.destroySoon();
      else refuse(socket, code);
    }
  }

  /** Closes it at once. */
  cut(): void {
    (this.socket ?? this.raw).destroy();
  }

  /** Closes it at once, and lets the kernel throw away what the client has not read. */
  reset(): void {
    this.raw.resetAndDestroy();
  }
}

/** Reports whether an error is about what a client sent as a request; others are about the connection itself. */
function isOfRequest(code: string | undefined): boolean {
  return code === requestTimeout || (code?.startsWith('HPE_') ?? false);
}

/** Answers as Node does if nobody listens. A client that does not read is not waited for. */
function refuse(socket: Socket, code = ''): void {
  if (socket.writable && code !== paused) {
    const status = statuses[code] ?? '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  }
  socket.destroy();
}

const statuses: Readonly<Record<string, string>> = {
  [requestTimeout]: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
};
