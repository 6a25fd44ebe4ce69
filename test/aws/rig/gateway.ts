import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Lambda } from './lambda.ts';

/** An HTTPS endpoint that leads POSTs of one path to a function, as an API Gateway or a function URL does. */
export interface Gateway {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** Which form events have: REST APIs send 1.0, HTTP APIs and function URLs 2.0. */
  readonly version: '1.0' | '2.0';
  /** What is called; the stage comes first, as in `/call/TOKEN`. */
  readonly path: string;
  /** The certificate, and whether callers must show one (a custom domain with a trust store). */
  readonly tls: ServerOptions;
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export async function startGateway(
  lambda: Pick<Lambda, 'invoke'>,
  { version, path, tls }: GatewayOptions,
): Promise<Gateway> {
  const server = createServer(tls, async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'https://gateway');
    const body = await bytesOf(incoming);
    if (url.pathname !== path) {
      // REST APIs say this of every path that they do not have.
      return json(outgoing, version === '1.0' ? 403 : 404, {
        message: version === '1.0' ? 'Missing Authentication Token' : 'Not Found',
      });
    }
    const event = (version === '1.0' ? restEvent : httpEvent)(incoming, url, body);
    await lambda.invoke(event).then(
      (answer) => send(outgoing, answer as Answer),
      () => json(outgoing, version === '1.0' ? 502 : 500, { message: 'Internal server error' }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}${path}`,
    port,
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

function send(outgoing: ServerResponse, answer: Answer): void {
  outgoing.writeHead(answer.statusCode, answer.headers);
  outgoing.end(Buffer.from(answer.body ?? '', answer.isBase64Encoded ? 'base64' : 'utf8'));
}

function json(outgoing: ServerResponse, status: number, value: object): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}
