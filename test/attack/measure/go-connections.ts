import { connect, type SecureContext, type TLSSocket } from 'node:tls';

interface Waiting {
  readonly resolve: (socket: TLSSocket) => void;
  readonly reject: (error: Error) => void;
}

/**
 * GoConnections keeps connections as Go's transport does, by which API servers call: a request that
 * finds none free waits for the first that becomes so, and dials another one meanwhile. What is
 * dialled and not needed any more is kept for later. Node's agent lets such a request wait for its
 * own handshake, however many connections have become free.
 */
export class GoConnections {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #secureContext: SecureContext;
  /** How many are kept that nobody uses. */
  readonly #mostFree: number;
  /** The one that was used last is the last, and is used first. */
  readonly #free: TLSSocket[] = [];
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Waiting>();

  constructor(
    { hostname, port }: URL,
    { secureContext, mostFree }: { secureContext: SecureContext; mostFree: number },
  ) {
    this.#target = { host: hostname, port: Number(port) };
    this.#secureContext = secureContext;
    this.#mostFree = mostFree;
  }

  /** Gives a connection, which must emit `free` after its answer, as Node's do. */
  take(signal: AbortSignal): Promise<TLSSocket> {
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      this.#waiting.add(waiting);
      this.#dial(waiting);
      signal.addEventListener('abort', () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      });
    });
  }

  #dial(waiting: Waiting): void {
    const socket = connect({
      ...this.#target,
      secureContext: this.#secureContext,
      rejectUnauthorized: false,
    });
    socket.once('secureConnect', () => this.#give(socket));
    socket.on('free', () => this.#give(socket));
    socket.on('error', (error) => this.#waiting.delete(waiting) && waiting.reject(error));
    socket.once('close', () => {
      const index = this.#free.indexOf(socket);
      if (index >= 0) this.#free.splice(index, 1);
    });
    // An end is noticed also while nobody uses it.
    socket.resume();
  }

  #give(socket: TLSSocket): void {
    const [first] = this.#waiting;
    if (socket.destroyed) return;
    if (first !== undefined) {
      this.#waiting.delete(first);
      first.resolve(socket);
    } else if (this.#free.length < this.#mostFree) this.#free.push(socket);
    else socket.destroy();
  }
}
