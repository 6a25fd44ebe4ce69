import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  type Answer,
  ConnectionCut,
  type Exchange,
  errorAnswer,
  exchangeOf,
  type RecordedRequest,
  recordOf,
} from './exchange.ts';
import { type Effect, Faults } from './faults.ts';
import { send } from './send.ts';

/** ServerOptions say where a fake server listens. */
export interface ServerOptions {
  /** A certificate and its key in PEM. Without them the server speaks HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Default: a free one. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly address?: string;
}

/** FakeServer is a running server that records what it is asked. */
export interface FakeServer {
  /** As references name it: `127.0.0.1:5000`. */
  readonly host: string;
  readonly url: string;
  /** All requests so far, in the order of their arrival. Tests may empty it. */
  readonly requests: RecordedRequest[];
  readonly faults: Faults;
  /** Called when a request has its answer, or has lost its connection. */
  onEnd?: (request: RecordedRequest) => void;
  close(): Promise<void>;
}

/** Starts a server that answers by `handle`. */
export async function startServer(
  handle: (exchange: Exchange, server: FakeServer) => Promise<Answer>,
  { tls, port = 0, address = '127.0.0.1' }: ServerOptions = {},
): Promise<FakeServer> {
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  const host = `${address}:${(server.address() as AddressInfo).port}`;
  const fake: FakeServer = {
    host,
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    requests: [],
    faults: new Faults(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void serve(fake, handle, request, response);
  });
  return fake;
}

async function serve(
  server: FakeServer,
  handle: (exchange: Exchange, server: FakeServer) => Promise<Answer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const record = recordOf(request);
  server.requests.push(record);
  const effect = server.faults.next(record);
  if (effect !== undefined) record.fault = effect.kind;
  try {
    const answer = await answerTo(request, record, effect, (exchange) => handle(exchange, server));
    await send(response, answer, record, effect);
    request.resume(); // what nobody read must not stop the connection's next request
  } catch (error) {
    const isGone = error instanceof ConnectionCut || request.destroyed || response.headersSent;
    if (isGone) request.socket.destroy();
    else await send(response, errorAnswer(500, 'UNKNOWN', (error as Error).stack ?? ''), record);
  }
  server.onEnd?.(record);
}

function answerTo(
  request: IncomingMessage,
  record: RecordedRequest,
  effect: Effect | undefined,
  handle: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  if (effect?.kind === 'answer') return Promise.resolve(effect);
  if (effect?.kind === 'cut') return Promise.reject(new ConnectionCut());
  const limit = effect?.kind === 'cut-upload' ? effect.after : undefined;
  return handle(exchangeOf(request, record, limit));
}
