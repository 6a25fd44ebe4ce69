import type { Socket } from 'node:net';
import type { Counts, RunningAttack, Target } from './attack.ts';
import { countAnswers, readyEvent } from './socket.ts';

/** Member is one connection of an attack. */
export interface Member {
  readonly open: (target: Target) => Socket;
  /** What it does once it is open. */
  readonly use: (socket: Socket) => void;
  /** Whether it reads answers, which are counted then. */
  readonly reads: boolean;
}

interface CrowdOptions {
  readonly size: number;
  /** The member of each index. */
  readonly memberOf: (index: number) => Member;
  /** After about how many milliseconds a connection that was closed is opened again. */
  readonly reopenAfter: number;
}

/**
 * Attackers come back, but not faster than this if it is not their point: handshakes cost more than
 * most of what follows.
 */
const patience = 2_000;
/** At most this many handshakes at once: more of them only wait for each other. */
const maxOpening = 64;

/** Opens many connections that all do the same, and counts what becomes of them. */
export function gatherCrowd(
  target: Target,
  { size, reopenAfter = patience, ...member }: Member & { size: number; reopenAfter?: number },
): RunningAttack {
  return new Crowd(target, { size, reopenAfter, memberOf: () => member });
}

/** Opens a connection for each member. */
export function gatherMembers(target: Target, members: readonly Member[]): RunningAttack {
  const memberOf = (index: number) => members[index] as Member;
  return new Crowd(target, { size: members.length, reopenAfter: patience, memberOf });
}

class Crowd implements RunningAttack {
  readonly counts: Counts = { opened: 0, open: 0, closed: 0, answers: {} };
  readonly #target: Target;
  readonly #options: CrowdOptions;
  /** The indices of the members that have no connection and may open one. */
  readonly #missing: number[];
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #opening = 0;
  #isStopped = false;

  constructor(target: Target, options: CrowdOptions) {
    this.#target = target;
    this.#options = options;
    this.#missing = Array.from({ length: options.size }, (_, index) => index);
    this.#openMore();
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #openMore(): void {
    while (!this.#isStopped && this.#opening < maxOpening) {
      const index = this.#missing.shift();
      if (index === undefined) return;
      this.#open(index);
    }
  }

  #open(index: number): void {
    const { open, use, reads } = this.#options.memberOf(index);
    const socket = open(this.#target);
    let isOpen = false;
    this.#opening++;
    this.#sockets.add(socket);
    socket.once(readyEvent(socket), () => {
      isOpen = true;
      this.#opening--;
      this.counts.opened++;
      this.counts.open++;
      if (reads) socket.on('data', (chunk: Buffer) => countAnswers(chunk, this.counts.answers));
      use(socket);
      this.#openMore();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (isOpen) this.counts.open--;
      else this.#opening--;
      if (!this.#isStopped) this.#comeBack(index);
    });
  }

  #comeBack(index: number): void {
    this.counts.closed++;
    // Not all of them in the same moment.
    const after = this.#options.reopenAfter * (0.5 + Math.random());
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#missing.push(index);
      this.#openMore();
    }, after);
    this.#timers.add(timer);
    this.#openMore();
  }
}
