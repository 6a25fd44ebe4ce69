import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { issueSelfSigned } from '../../src/certificate/issue.ts';
import { KubernetesApi } from '../../src/kubernetes/api.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

interface Asked {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * ScriptedApi is an HTTPS server that answers one request after the other by a script, with faults
 * that a real API server cannot be made to have.
 */
export interface ScriptedApi {
  readonly api: KubernetesApi;
  readonly asked: Asked[];
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Duplex>;
  /** Adds an answer; beyond the last one, requests wait for ever. */
  answer(...answers: readonly Answer[]): void;
  stop(): void;
}

/**
 * Starts the server on a free port of 127.0.0.1, with a client that renews its token for each
 * request.
 */
export async function startScriptedApi({
  timeout,
}: {
  /** How long a request of the client may take, in milliseconds. */
  readonly timeout?: number;
} = {}): Promise<ScriptedApi> {
  const { caCertificate, certificate, privateKey } = await issueSelfSigned(['127.0.0.1']);
  const answers: Answer[] = [];
  const asked: Asked[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://api');
    const { accept, authorization } = request.headers;
    asked.push({
      path: pathname,
      query: Object.fromEntries(searchParams),
      accept,
      authorization,
    });
    answers.shift()?.(response, request);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  let tokens = 0;
  const api = new KubernetesApi(
    async () => ({
      host: '127.0.0.1',
      port,
      ca: caCertificate,
      // As it is renewed by the kubelet.
      token: `token-${++tokens}`,
    }),
    timeout,
  );
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { api, asked, sockets, answer: (...more) => void answers.push(...more), stop };
}

/** Answers with one JSON text. */
export const json =
  (object: object, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(object));
  };

/** Answers with a part of a body, and leaves it open or ends it. */
export const stream =
  (text: string, ending: 'open' | 'end' | 'break' = 'open'): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (ending === 'end') response.end(text);
    else {
      response.flushHeaders();
      response.write(text, () => ending === 'break' && response.destroy());
    }
  };
