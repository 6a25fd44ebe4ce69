import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Exchange is a request, its response, and the connection that carries both. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
}

/** ConnectionOwner gets the requests of its connections, and limits them. */
export interface ConnectionOwner {
  /** Requests that may wait on one connection for the answers before them. */
  readonly maxWaiting: number;
  handle(exchange: Exchange): void;
  /** Counts what was written on a connection, in bytes. */
  countWritten(connection: Connection, size: number): void;
}

/** How much is read and thrown away at the end of a connection, in bytes. */
const maxDiscarded = 256 * 1024;
/** The longest head of an answer, in bytes. */
const headSize = 512;

const requestTimeout = 'ERR_HTTP_REQUEST_TIMEOUT';
const paused = 'HPE_PAUSED';

/**
 * Connection is one connection of a client. It answers one request at a time: a client that sends
 * many requests at once gets one answer in each turn of the event loop, as every other client does.
 */
export class Connection {
  readonly raw: Socket;
  /** When the connection was accepted, in the milliseconds of `performance.now()`. */
  readonly since = performance.now();
  /**
   * The socket that carries the requests: the TLS socket, or `raw` without TLS. Undefined during
   * the handshake.
   */
  socket: Socket | undefined;
  /** When the connection last got a request or an answer, in the same milliseconds. */
  lastUsed = 0;
  /** Whether it ever got an answer other than a refusal. */
  hasServed = false;
  readonly #owner: ConnectionOwner;
  #current: Exchange | undefined;
  #waiting: Exchange[] = [];
  /** Whether it accepts no more requests. */
  #isEnding = false;
  #isDiscarding = false;
  /** The bytes that were written and may not have been sent yet. */
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

  /** Returns how many accepted requests are not answered yet. */
  get pending(): number {
    return this.#waiting.length + (this.#isBusy ? 1 : 0);
  }

  get #isBusy(): boolean {
    return this.#current !== undefined && !this.#current.response.writableFinished;
  }

  /** Returns the bytes that are written and not sent. */
  get unsent(): number {
    const response = this.#current?.response;
    if (response === undefined || response.writableFinished) return 0;
    // Everything before a response was sent when the response got its socket.
    return response.writableEnded || response.socket === null ? this.#unsent : 0;
  }

  /** Returns when the oldest answer was written that is not sent; infinity if all are sent. */
  get unsentSince(): number {
    return this.unsent > 0 ? this.#unsentSince : Number.POSITIVE_INFINITY;
  }

  /** Begins a request, immediately or after the answers before it. */
  take(exchange: Exchange): void {
    if (this.#isFree) this.#start(exchange);
    else if (this.takesMore()) this.#waiting.push(exchange);
  }

  /** Reports whether another request can begin, or wait. If not, nothing more is read. */
  takesMore(): boolean {
    const takes =
      !this.#isEnding && (this.#isFree || this.#waiting.length < this.#owner.maxWaiting);
    if (!takes) this.#stopParsing();
    return takes;
  }

  /** Reports whether the next request can begin immediately. */
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
   * Stops accepting requests. Some of what still arrives is read and thrown away, because a
   * connection that is closed with unread data is reset and loses its answers. Then reading stops:
   * a client that goes on sending would take the time of others. Nothing is parsed, which would
   * take far more time.
   */
  #stopParsing(): void {
    this.#isEnding = true;
    if (this.#isDiscarding) return;
    this.#isDiscarding = true;
    const { socket } = this;
    let left = maxDiscarded;
    // Node's HTTP parser leaves a socket as soon as the socket has a listener for its data.
    socket?.removeAllListeners('data').on('data', (data: Buffer) => {
      left -= data.length;
      if (left < 0) socket.pause();
    });
  }

  /**
   * Counts an answer that is about to be written, and reports whether the connection ends with it.
   *
   * An answer that fills the buffer of the socket must be the last one. Node then pauses its HTTP
   * parser, but TLS still hands the next request to the parser, and the parser fails (HPE_PAUSED):
   * a request would be lost although its client did nothing wrong.
   */
  endsWith(response: ServerResponse, size: number, isLast: boolean): boolean {
    // A response gets its socket when all responses before it are sent.
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

  /** Counts an answer that was written, in bytes of its body. */
  countWritten(size: number): void {
    this.#owner.countWritten(this, size + headSize);
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#start(next);
  }

  /**
   * Ends a connection on which Node found an error. Requests before the error are answered first:
   * they may be in good order, and the client would take an error that is written now for their
   * answer.
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
      // The error is in this request. If it has an answer already, or one before it, that is sent.
      if (response.headersSent || response.socket === null) socket.destroySoon();
      else refuse(socket, code);
    }
  }

  /** Closes the connection immediately. */
  cut(): void {
    (this.socket ?? this.raw).destroy();
  }

  /** Closes the connection immediately, and lets the kernel drop what the client has not read. */
  reset(): void {
    this.raw.resetAndDestroy();
  }
}

/**
 * Reports whether an error is about what a client sent as a request, and not about the connection.
 */
function isOfRequest(code: string | undefined): boolean {
  return code === requestTimeout || (code?.startsWith('HPE_') ?? false);
}

/**
 * Answers as Node does if nobody listens for errors. It does not wait for a client that does not
 * read.
 */
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
