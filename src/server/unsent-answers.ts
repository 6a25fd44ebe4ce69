import type { Connection } from './connection.ts';

/** An answer to an ordinary review is smaller, in bytes. */
const largeAnswer = 64 * 1024;

/**
 * UnsentAnswers bounds the memory of all answers that are written and not sent.
 *
 * Node reports that an answer was sent in the next turn of the event loop at the earliest. So an
 * answer of this turn does not show yet whether its client reads, and is spared if it is small.
 */
export class UnsentAnswers {
  readonly #max: number;
  readonly #connections: Iterable<Connection>;
  readonly #giveUp: (connection: Connection) => void;
  /** At least the bytes that are unsent. */
  #size = 0;
  /** The connections that have answers of this turn. */
  #fresh = new Set<Connection>();

  constructor(
    max: number,
    connections: Iterable<Connection>,
    giveUp: (connection: Connection) => void,
  ) {
    this.#max = max;
    this.#connections = connections;
    this.#giveUp = giveUp;
  }

  /**
   * Counts what was written, in bytes. Past the limit, it gives up the clients that have not read
   * for the longest time.
   */
  count(connection: Connection, size: number): void {
    if (this.#fresh.size === 0) setImmediate(() => this.#fresh.clear());
    this.#fresh.add(connection);
    this.#size += size;
    if (this.#size > this.#max) this.#makeRoom(connection);
  }

  #makeRoom(newest: Connection): void {
    const unread = [...this.#connections].filter(({ unsent }) => unsent > 0);
    this.#size = unread.reduce((sum, { unsent }) => sum + unsent, 0);
    unread.sort((one, other) => one.unsentSince - other.unsentSince);
    for (const connection of unread) {
      if (this.#size <= this.#max) return;
      const { unsent } = connection;
      const isSpared = unsent < largeAnswer && this.#fresh.has(connection);
      if (isSpared || connection === newest) continue;
      this.#size -= unsent;
      this.#giveUp(connection);
    }
  }
}
