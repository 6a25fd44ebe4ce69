import { once } from 'node:events';
import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';

/** How long answers may take before their connections are cut, in milliseconds. */
const closeTimeout = 20_000;
/** How often connections are looked at, in milliseconds. */
const lookInterval = 50;
/** How long a new connection may be silent before it counts as idle, in milliseconds. */
const patience = 1_000;

/**
 * What closes a server: it takes no new connection, closes idle ones as they become so, and cuts those that do not end.
 *
 * Node takes a connection for busy until its first request, and looks for none that is late once the server closes. Clients
 * open more than they need (Go's transport dials while another becomes free, and keeps both), so those are followed here.
 */
export function closerOf(server: Server): () => Promise<void> {
  const unused = new Map<TLSSocket, number>();
  server.on('secureConnection', (socket) => {
    unused.set(socket, performance.now());
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket as TLSSocket));

  const closeIdle = () => {
    server.closeIdleConnections();
    const late = performance.now() - patience;
    for (const [socket, since] of unused) if (since < late) socket.destroy();
  };
  return async () => {
    const closed = once(server, 'close');
    server.close();
    const look = setInterval(closeIdle, lookInterval);
    const cut = setTimeout(() => server.closeAllConnections(), closeTimeout);
    await closed;
    clearInterval(look);
    clearTimeout(cut);
  };
}
