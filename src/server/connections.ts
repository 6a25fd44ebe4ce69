import { once } from 'node:events';
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Connection, type ConnectionOwner, type Exchange } from './connection.ts';
import { limitRequests } from './limit-requests.ts';
import type { CutReason } from './metrics/metrics.ts';
import { UnsentAnswers } from './unsent-answers.ts';

export interface ConnectionLimits {
  /** Requests that may wait on a connection for the answer to the one before. */
  readonly mostWaiting: number;
  /** Connections at once. One more takes the place of another. */
  readonly most: number;
  /** Up to so many, a connection that sends nothing lives for `silentTime`, beyond them for `crowdedTime`. */
  readonly roomFor: number;
  /** How long a connection may send nothing after it was made, in milliseconds. */
  readonly silentTime: number;
  readonly crowdedTime: number;
  /** How long a client may take to read an answer, in milliseconds. */
  readonly readTime: number;
  /** What all answers that are written and not sent may take together, in bytes. */
  readonly mostUnsent: number;
}

/** How long answers may take before their connections are cut, in milliseconds. */
const closeTimeout = 20_000;
/** How often connections are looked at while the server closes, in milliseconds. */
const closeInterval = 50;
/** How often they are looked at otherwise, in milliseconds. */
const lookInterval = 1_000;
/** How long a new connection may be silent before it counts as idle, in milliseconds. */
const patience = 1_000;

/**
 * All connections of a server.
 *
 * Some of them never ask. Go's transport, by which API servers call, dials while another connection becomes free, keeps
 * both for 90 s, and does not ask again if one fails that was never used. Node takes such a connection for a client that is
 * late with its request: it ends it after headersTimeout, and while it closes it waits for it. Here it lives as long as an
 * idle connection while there is plenty of room, and a shorter time when there is not. At the limit the oldest connection
 * that never got an answer goes first, so that nobody who only holds connections locks the API server out.
 */
export class Connections implements ConnectionOwner {
  readonly #server: HttpServer | HttpsServer;
  readonly #limits: ConnectionLimits;
  readonly handle: (exchange: Exchange) => void;
  readonly mostWaiting: number;
  readonly #onCut: (reason: CutReason) => void;
  /** The oldest first. */
  readonly #all = new Set<Connection>();
  readonly #bySocket = new Map<Socket, Connection>();
  /** Connections in the TLS handshake, by their addresses: Node shows no other link between a TLS socket and its TCP socket. */
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
    this.mostWaiting = limits.mostWaiting;
    this.#onCut = onCut;
    this.#unsentAnswers = new UnsentAnswers(limits.mostUnsent, this.#all, (connection) =>
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
    // Node would answer an expectation that it does not know by itself, without regard to what is being answered.
    server.on('request', take).on('checkExpectation', take);
    const looking = setInterval(() => this.#look(), lookInterval).unref();
    server.once('close', () => clearInterval(looking));
    // A connection that was cut counts for Node until the end of the turn.
    server.maxConnections = 2 * limits.most;
  }

  get count(): number {
    return this.#all.size;
  }

  /** The requests that are being answered. */
  get pending(): number {
    let pending = 0;
    for (const connection of this.#all) pending += connection.pending;
    return pending;
  }

  #accept(raw: Socket, isTls: boolean): void {
    if (this.#all.size >= this.#limits.most) this.#makeRoom();
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
    // A client that is gone has no address.
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

  /** The oldest that never got an answer; if all did, the idle one that was used least recently; else the busy one. */
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

  #look(): void {
    const { roomFor, silentTime, crowdedTime, readTime } = this.#limits;
    const now = performance.now();
    for (const connection of this.#all) {
      const silence = this.#all.size > roomFor ? crowdedTime : silentTime;
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

  countWritten(connection: Connection, size: number): void {
    this.#unsentAnswers.count(connection, size);
  }

  /** Takes no new connection, closes idle ones as they become so, and cuts those that do not end. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    const look = setInterval(() => this.#closeIdle(), closeInterval);
    const cut = setTimeout(() => {
      for (const connection of this.#all) connection.cut();
    }, closeTimeout);
    await closed;
    clearInterval(look);
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
