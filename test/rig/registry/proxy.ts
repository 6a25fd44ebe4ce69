import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FakeServer } from './server.ts';

/** FakeProxy is an HTTP proxy behind which host names lead to fake servers. */
export interface FakeProxy {
  readonly url: string;
  /** `HTTP_PROXY` and the like, for a program. */
  readonly environment: Readonly<Record<string, string>>;
  /** Each `host:port` that was asked for, once, also those that lead nowhere. */
  readonly asked: Set<string>;
  close(): Promise<void>;
}

/** Starts a proxy; `hosts` are servers by `host:port`. */
export async function startProxy(
  hosts: ReadonlyMap<string, FakeServer> | Readonly<Record<string, FakeServer>>,
): Promise<FakeProxy> {
  const servers = hosts instanceof Map ? hosts : new Map(Object.entries(hosts));
  const asked = new Set<string>();
  const portOf = (host: string) => {
    asked.add(host);
    const server = servers.get(host);
    return server && Number(new URL(server.url).port);
  };
  const sockets = new Set<Duplex>();
  const proxy = createServer((request, response) => forward(request, response, portOf));
  proxy.on('connect', (request: IncomingMessage, client: Duplex) => {
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    const port = portOf(request.url ?? '');
    if (port === undefined) client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    else tunnel(client, connect(port, '127.0.0.1'));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    url,
    environment: { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: '' },
    asked,
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function tunnel(client: Duplex, server: Socket): void {
  server.on('error', () => client.destroy());
  server.on('close', () => client.destroy());
  client.on('close', () => server.destroy());
  server.once('connect', () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    client.pipe(server).pipe(client);
  });
}

/** A request over plain HTTP names the whole URL in its first line. */
function forward(
  request: IncomingMessage,
  response: ServerResponse,
  portOf: (host: string) => number | undefined,
): void {
  const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
  const port = url && portOf(`${url.hostname}:${url.port || 80}`);
  if (url === undefined || port === undefined) {
    response.writeHead(502).end();
    return;
  }
  const path = `${url.pathname}${url.search}`;
  const { method, headers } = request;
  const next = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  next.on('error', () => response.destroy());
  response.on('close', () => next.destroy());
  request.pipe(next);
}
