import { once } from 'node:events';
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Connection, type ConnectionOwner, type Exchange } from './connection.ts';
import { limitRequests } from './limit-requests.ts';
import type { CutReason } from './metrics/metrics.ts';
import { UnsentAnswers } from './unsent-answers.ts';

/** ConnectionLimits bound how many connections a server has, and how long each may be idle. */
export interface ConnectionLimits {
  /** Requests that may wait on a connection for the answer to the one before. */
  readonly maxWaiting: number;
  /** The most connections at once. One more takes the place of another. */
  readonly maxConnections: number;
  /**
   * A connection that sends nothing lives for `silentTime` while there are at most this many
   * connections, and for `crowdedTime` while there are more.
   */
  readonly crowdedAbove: number;
  /** How long a connection may send nothing after it was made, in milliseconds. */
  readonly silentTime: number;
  readonly crowdedTime: number;
  /** How long a client may take to read an answer, in milliseconds. */
  readonly readTime: number;
  /** The most that all written and unsent answers may take together, in bytes. */
  readonly maxUnsent: number;
}

/** How long answers may take before their connections are cut, in milliseconds. */
const closeTimeout = 20_000;
/** How often connections are checked while the server closes, in milliseconds. */
const closeInterval = 50;
/** How often connections are checked otherwise, in milliseconds. */
const checkInterval = 1_000;
/** How long a new connection may be silent before it counts as idle, in milliseconds. */
const patience = 1_000;

/**
 * Connections are all connections of a server. They close those that a limit leaves no room for.
 *
 * Some connections never send a request. Go's transport, which API servers use, dials a connection
 * while another one becomes free, keeps both for 90 s, and does not retry if a connection fails
 * that was never used. Node treats such a connection as a client that is late with its request: it
 * closes it after headersTimeout, and a server that closes waits for it. Here it lives as long as
 * an idle connection while there is plenty of room, and a shorter time when there is not. At the
 * limit the oldest connection that never got an answer is closed first, so that a client that only
 * holds connections cannot lock the API server out.
 */
export class Connections implements ConnectionOwner {
  readonly #server: HttpServer | HttpsServer;
  readonly #limits: ConnectionLimits;
  readonly handle: (exchange: Exchange) => void;
  readonly maxWaiting: number;
  readonly #onCut: (reason: CutReason) => void;
  /** The oldest first. */
  readonly #all = new Set<Connection>();
  readonly #bySocket = new Map<Socket, Connection>();
  /**
   * The connections in the TLS handshake, by their addresses: Node has no other link between a TLS
   * socket and its TCP socket.
   */
  readonly #handshaking = new Map<string, Connection>();
  readonly #unsentAnswers: UnsentAnswers;

  constructor(
    server: HttpServer | HttpsServer,
    limits: ConnectionLimits,
    handle: (exchange: Exchange) => void,
    onCut: (reason: CutReason) => void = () => undefined,
  ) {
    this.#server = server;
    this.#limits = limits;
    this.handle = handle;
    this.maxWaiting = limits.maxWaiting;
    this.#onCut = onCut;
    this.#unsentAnswers = new UnsentAnswers(limits.maxUnsent, this.#all, (connection) =>
      this.#resetUnread(connection),
    );
    const isTls = server instanceof HttpsServer;
    server.on('connection', (raw: Socket) => this.#accept(raw, isTls));
    server.on('secureConnection', (socket: Socket) => this.#secure(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const connection = this.#bySocket.get(socket);
      if (connection === undefined) socket.destroy();
      else connection.fail(error.code);
    });
    const take = (request: IncomingMessage, response: ServerResponse) =>
      this.#take(request, response);
    // If nobody listens, Node itself answers an expectation that it does not know, out of turn.
    server.on('request', take).on('checkExpectation', take);
    const checking = setInterval(() => this.#check(), checkInterval).unref();
    server.once('close', () => clearInterval(checking));
    // Node counts a connection that was cut until the end of the turn.
    server.maxConnections = 2 * limits.maxConnections;
  }

  /** Returns how many connections are open. */
  get count(): number {
    return this.#all.size;
  }

  /** Returns how many requests are being answered. */
  get pending(): number {
    let pending = 0;
    for (const connection of this.#all) pending += connection.pending;
    return pending;
  }

  #accept(raw: Socket, isTls: boolean): void {
    if (this.#all.size >= this.#limits.maxConnections) this.#makeRoom();
    const connection = new Connection(raw, this);
    this.#all.add(connection);
    const key = addressesOf(raw);
    if (isTls) this.#handshaking.set(key, connection);
    else this.#open(connection, raw);
    raw.once('close', () => {
      this.#forget(connection);
      if (this.#handshaking.get(key) === connection) this.#handshaking.delete(key);
    });
  }

  #secure(socket: Socket): void {
    const key = addressesOf(socket);
    const connection = this.#handshaking.get(key);
    this.#handshaking.delete(key);
    // The socket of a client that is gone has no address.
    if (connection === undefined) socket.destroy();
    else this.#open(connection, socket);
  }

  #open(connection: Connection, socket: Socket): void {
    connection.socket = socket;
    this.#bySocket.set(socket, connection);
    limitRequests(socket, () => connection.takesMore());
  }

  #forget(connection: Connection): void {
    this.#all.delete(connection);
    if (connection.socket !== undefined) this.#bySocket.delete(connection.socket);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(request.socket);
    if (connection === undefined) request.socket.destroy();
    else connection.take({ request, response, connection });
  }

  #makeRoom(): void {
    const connection = this.#leastUseful();
    if (connection === undefined) return;
    this.#forget(connection);
    connection.cut();
    this.#onCut('crowded');
  }

  /**
   * Returns the oldest connection that never got an answer. If all did, it is the idle one that was
   * used least recently; if none is idle, the busy one.
   */
  #leastUseful(): Connection | undefined {
    let idle: Connection | undefined;
    let busy: Connection | undefined;
    for (const connection of this.#all) {
      if (!connection.hasServed) return connection;
      if (connection.pending > 0) busy = lessRecent(busy, connection);
      else idle = lessRecent(idle, connection);
    }
    return idle ?? busy;
  }

  #check(): void {
    const { crowdedAbove, silentTime, crowdedTime, readTime } = this.#limits;
    const now = performance.now();
    for (const connection of this.#all) {
      const silence = this.#all.size > crowdedAbove ? crowdedTime : silentTime;
      if (now - connection.unsentSince > readTime) this.#resetUnread(connection);
      else if (connection.isSilent && now - connection.since > silence) {
        this.#forget(connection);
        connection.cut();
        this.#onCut('silent');
      }
    }
  }

  #resetUnread(connection: Connection): void {
    this.#forget(connection);
    connection.reset();
    this.#onCut('unread');
  }

  /** Counts an answer that was written. Past `maxUnsent`, clients that do not read are cut. */
  countWritten(connection: Connection, size: number): void {
    this.#unsentAnswers.count(connection, size);
  }

  /**
   * Accepts no new connections, closes each connection when it is idle, and cuts those that do not
   * end in time. Resolves when all are closed.
   */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    const closing = setInterval(() => this.#closeIdle(), closeInterval);
    const cut = setTimeout(() => {
      for (const connection of this.#all) connection.cut();
    }, closeTimeout);
    await closed;
    clearInterval(closing);
    clearTimeout(cut);
  }

  #closeIdle(): void {
    this.#server.closeIdleConnections();
    const late = performance.now() - patience;
    for (const connection of this.#all)
      if (connection.since < late && connection.isSilent) connection.cut();
  }
}

function lessRecent(one: Connection | undefined, other: Connection): Connection {
  return one === undefined || other.lastUsed < one.lastUsed ? other : one;
}

function addressesOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}
