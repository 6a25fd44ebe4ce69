import { createServer, type IncomingMessage, type Server } from 'node:http';
import { findMisuse, writeAnswer, writeRefusal } from './answer.ts';
import type { Exchange } from './connection.ts';
import { type ConnectionLimits, Connections } from './connections.ts';
import type { RenderedMetrics } from './metrics/render.ts';
import { createPlaygroundPage, type PlaygroundPage } from './playground-page.ts';

/** HealthContext is what the health server serves. */
export interface HealthContext {
  /** Returns why reviews should go elsewhere now; undefined if this server should get them. */
  readonly notReady: () => string | undefined;
  readonly metrics: () => Promise<RenderedMetrics>;
  /** The CA, in PEM, of a certificate that was issued at the start. */
  readonly caCertificate: string | undefined;
  /** The HTML of the playground; undefined if it is not served. */
  readonly playground: string | undefined;
  /** Returns the text of the rules in force, which the playground opens with. */
  readonly rulesText: () => string;
}

/** playgroundPath is the path of the playground, which is at `/` as well. */
export const playgroundPath = '/playground';

type Pages = Omit<HealthContext, 'playground' | 'rulesText'>;

interface Page {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Probes and Prometheus open few connections, and use each of them immediately. */
const limits: ConnectionLimits = {
  maxWaiting: 0,
  maxConnections: 512,
  crowdedAbove: 128,
  silentTime: 10_000,
  crowdedTime: 5_000,
  readTime: 10_000,
  maxUnsent: 8 * 1024 * 1024,
};

const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
} as const;

/**
 * Creates the server of `/healthz`, `/readyz`, `/metrics`, `/ca.crt` and the playground, in plain
 * HTTP on a port of their own.
 *
 * Each connection ends with its first answer, so that no client accumulates answers that it does
 * not read. Kubelets open a connection for each probe anyway, and Prometheus needs one for each
 * scrape.
 */
export function createHealthServer({ playground, rulesText, ...context }: HealthContext): Server {
  const page = playground === undefined ? undefined : createPlaygroundPage(playground, rulesText);
  const server = createServer({ ...timeouts, requireHostHeader: false });
  new Connections(server, limits, (exchange) => {
    answer(exchange, context, page).catch(({ message }: Error) =>
      writeRefusal(exchange, { status: 500, message }, true),
    );
  });
  return server;
}

async function answer(
  exchange: Exchange,
  context: Pages,
  playground: PlaygroundPage | undefined,
): Promise<void> {
  const misuse = findMisuse(exchange.request);
  if (misuse !== undefined) return writeRefusal(exchange, misuse, true);
  const page = await pageFor(exchange.request, context, playground);
  const plain = { status: 200, type: 'text/plain; charset=utf-8' };
  writeAnswer(exchange, { ...plain, ...page }, true);
}

async function pageFor(
  { url = '', headers }: IncomingMessage,
  { notReady, metrics, caCertificate }: Pages,
  playground: PlaygroundPage | undefined,
): Promise<Page> {
  switch (url.split('?', 1)[0]) {
    case playgroundPath:
    case `${playgroundPath}/`:
    case '/':
      return playground === undefined ? notFound() : await playground(headers);
    case '/healthz':
      return { body: 'ok\n' };
    case '/readyz': {
      const reason = notReady();
      return reason === undefined ? { body: 'ok\n' } : { status: 503, body: `${reason}\n` };
    }
    case '/metrics': {
      const { contentType, text } = await metrics();
      return { type: contentType, body: text };
    }
    case '/ca.crt':
      if (caCertificate !== undefined)
        return { type: 'application/x-pem-file', body: caCertificate };
      return {
        status: 404,
        body: 'this server does not issue its certificate: get the CA from the issuer of that certificate\n',
      };
    default:
      return notFound(playground);
  }
}

function notFound(playground?: unknown): Page {
  const pages = ['/healthz', '/readyz', '/metrics', ...(playground ? [playgroundPath] : [])];
  return { status: 404, body: `not found: this port serves ${pages.join(', ')} and /ca.crt\n` };
}
