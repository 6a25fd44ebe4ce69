import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { Counts, RunningAttack, Target } from './attack.ts';

interface CrowdOptions {
  readonly size: number;
  readonly open: (target: Target) => Socket;
  /** What each connection does once it is open. */
  readonly use: (socket: Socket) => void;
  /** Whether answers are read, and so counted. */
  readonly reads: boolean;
  /** After about how many milliseconds a connection that was closed is opened again. */
  readonly reopenAfter?: number;
}

/** Attackers come back, but not faster than this if it is not their point: handshakes cost more than most of what follows. */
const patience = 2_000;
/** At most this many handshakes at once: more of them only wait for each other. */
const maxOpening = 64;

/** Opens many connections that all do the same, and counts what becomes of them. */
export function gatherCrowd(target: Target, options: CrowdOptions): RunningAttack {
  const counts: Counts = { opened: 0, open: 0, closed: 0, answers: {} };
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let missing = options.size;
  let opening = 0;
  let isStopped = false;

  const reopen = () => {
    // Not all of them in the same moment.
    const after = (options.reopenAfter ?? patience) * (0.5 + Math.random());
    const timer = setTimeout(() => {
      timers.delete(timer);
      missing++;
      openMore();
    }, after);
    timers.add(timer);
  };
  const openOne = () => {
    missing--;
    opening++;
    const socket = options.open(target);
    sockets.add(socket);
    let isOpen = false;
    socket.once(readyEvent(socket), () => {
      isOpen = true;
      opening--;
      counts.opened++;
      counts.open++;
      if (options.reads) socket.on('data', (chunk: Buffer) => countAnswers(chunk, counts.answers));
      options.use(socket);
      openMore();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      if (isStopped) return;
      counts.closed++;
      if (isOpen) counts.open--;
      else opening--;
      reopen();
      openMore();
    });
  };
  const openMore = () => {
    while (!isStopped && missing > 0 && opening < maxOpening) openOne();
  };
  openMore();
  return {
    counts,
    stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** One for all connections: Node makes one for each otherwise, which costs more than the handshake. */
const secureContext = createSecureContext();

export function openTls({ host, port }: Target): Socket {
  return connectTls({ host, port, secureContext, rejectUnauthorized: false });
}

export function openPlain({ host, port }: Target): Socket {
  return connectPlain({ host, port });
}

export function openHealth({ host, healthPort }: Target): Socket {
  return connectPlain({ host, port: healthPort });
}

function readyEvent(socket: Socket): string {
  return 'encrypted' in socket ? 'secureConnect' : 'connect';
}

function countAnswers(chunk: Buffer, answers: Record<string, number>): void {
  for (const [, status = ''] of chunk.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
    answers[status] = (answers[status] ?? 0) + 1;
  }
}

/** Writes the same again and again, as fast as the server takes it. */
export function writeForever(socket: Socket, chunk: Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', write);
  write();
}

/** Sends a byte each second. */
export function trickle(socket: Socket): void {
  const timer = setInterval(() => socket.write('x'), 1_000);
  socket.once('close', () => clearInterval(timer));
}

/** Sends a request whenever the one before has been answered. */
export function askAgain(socket: Socket, request: Buffer): void {
  socket.on('data', (chunk: Buffer) => {
    if (chunk.includes('HTTP/1.1 ')) socket.write(request);
  });
  socket.write(request);
}
