import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Lambda } from './lambda.ts';

/**
 * Gateway is an HTTPS endpoint that leads POSTs of one path to a function, as an API Gateway or a
 * function URL does.
 */
export interface Gateway {
  readonly url: string;
  readonly port: number;
  /**
   * Why callers were sent away before the function was asked: an HTTP answer, or the code of a
   * failed handshake.
   */
  refusals(): readonly string[];
  stop(): Promise<void>;
}

/** GatewayOptions say which kind of gateway it is, and what it demands of callers. */
export interface GatewayOptions {
  /** Which form events have: REST APIs send 1.0, HTTP APIs and function URLs 2.0. */
  readonly version: '1.0' | '2.0';
  /** What is called; the stage comes first, as in `/call/TOKEN`. */
  readonly path: string;
  /** The certificate, and whether callers must show one (a custom domain with a trust store). */
  readonly tls: ServerOptions;
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/**
 * Starts a gateway on a free port of 127.0.0.1 that passes each request to the function as an
 * event.
 */
export async function startGateway(
  lambda: Pick<Lambda, 'invoke'>,
  { version, path, tls }: GatewayOptions,
): Promise<Gateway> {
  const { makeEvent, noRoute, failure } = forms[version];
  const refused: string[] = [];
  const server = createServer(tls, async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'https://gateway');
    const body = await bytesOf(incoming);
    if (url.pathname !== path || incoming.method !== 'POST') {
      refused.push(`${noRoute.status} ${noRoute.body}`);
      return send(outgoing, noRoute);
    }
    const answer = await lambda.invoke(makeEvent(incoming, url, body)).catch(() => undefined);
    send(outgoing, readAnswer(answer) ?? failure);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    refused.push(error.code ?? error.message);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}${path}`,
    port,
    refusals: () => refused,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const stage = '/call';

function restEvent(incoming: IncomingMessage, url: URL, body: Buffer) {
  const path = url.pathname.slice(stage.length) || '/';
  return {
    resource: path,
    path,
    httpMethod: incoming.method,
    headers: incoming.headers,
    multiValueHeaders: incoming.headersDistinct,
    queryStringParameters: Object.fromEntries(url.searchParams),
    pathParameters: null,
    stageVariables: null,
    requestContext: { stage: 'call', path: url.pathname, httpMethod: incoming.method },
    body: body.length === 0 ? null : body.toString(),
    isBase64Encoded: false,
  };
}

function httpEvent(incoming: IncomingMessage, url: URL, body: Buffer) {
  const type = incoming.headers['content-type'] ?? '';
  const isText = /^(text\/|application\/(json|javascript|xml)\b)/.test(type);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: incoming.headers,
    requestContext: { stage: 'call', http: { method: incoming.method, path: url.pathname } },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/**
 * What the two forms of events differ in. Of a path or method that it does not have, a REST API
 * says that a token is missing.
 */
const forms = {
  '1.0': {
    makeEvent: restEvent,
    noRoute: jsonAnswer(403, 'Missing Authentication Token'),
    failure: jsonAnswer(502, 'Internal server error'),
  },
  '2.0': {
    makeEvent: httpEvent,
    noRoute: jsonAnswer(404, 'Not Found'),
    failure: jsonAnswer(500, 'Internal server error'),
  },
} as const;

function jsonAnswer(status: number, message: string): HttpAnswer {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: JSON.stringify({ message }) };
}

/**
 * Undefined where it is malformed. (HTTP APIs would make an answer of what has no statusCode too;
 * ours always has one.)
 */
function readAnswer(answer: unknown): HttpAnswer | undefined {
  const {
    statusCode,
    headers,
    body = '',
    isBase64Encoded,
  } = (answer ?? {}) as Record<string, unknown>;
  if (!Number.isInteger(statusCode) || typeof body !== 'string') return;
  return {
    status: statusCode as number,
    headers: (headers ?? {}) as HttpAnswer['headers'],
    body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function send(outgoing: ServerResponse, { status, headers, body }: HttpAnswer): void {
  outgoing.writeHead(status, headers).end(body);
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}
