import { once } from 'node:events';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/*
 * Connections on which nobody has asked anything yet. Go's transport, by which API servers call, dials while another
 * connection becomes free, and keeps both; and it does not ask again where one fails that was never used. Node takes such
 * for clients that are late with their request: it ends them after headersTimeout, and while it closes it waits for them.
 */

/** How long answers may take before their connections are cut, in milliseconds. */
const closeTimeout = 20_000;
/** How often connections are looked at while the server closes, in milliseconds. */
const lookInterval = 50;
/** How long a new connection may be silent before it counts as idle, in milliseconds. */
const patience = 1_000;

/**
 * Lets connections that nobody used live as long as those between two requests, and gives what closes the server: it takes
 * no new connection, closes idle ones as they become so, and cuts those that do not end.
 */
export function followConnections(server: Server): () => Promise<void> {
  const since = new Map<Socket, number>();
  server.on('secureConnection', (socket) => {
    since.set(socket, performance.now());
    socket.once('close', () => since.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // TLS that does not come about is told here as well, and nothing can be written on it.
    if (!since.has(socket)) socket.destroy();
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0)
      socket.setTimeout(server.keepAliveTimeout, () => socket.destroy());
    else answerError(error.code, socket);
  });

  const closeIdle = () => {
    server.closeIdleConnections();
    const late = performance.now() - patience;
    for (const [socket, begun] of since)
      if (begun < late && socket.bytesRead === 0) socket.destroy();
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

/** As Node does where nobody listens: who does not read is not waited for. */
function answerError(code: string | undefined, socket: Socket): void {
  if (socket.writable) {
    const status = statuses[code ?? ''] ?? '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  }
  socket.destroy();
}

const statuses: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
};
