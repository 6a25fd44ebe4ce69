import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { RenderedMetrics } from './render-metrics.ts';

export interface HealthContext {
  /** Why no reviews should come here now; undefined where they should. */
  readonly notReady: () => string | undefined;
  readonly metrics: () => Promise<RenderedMetrics>;
  /** The CA of a certificate that was made at the start, PEM. */
  readonly caCertificate: string | undefined;
  /** The page of the playground, where it is served. */
  readonly playground: string | undefined;
}

/** Where the playground is; `/` too. */
export const playgroundPath = '/playground';

interface Page {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** `/healthz`, `/readyz`, `/metrics`, `/ca.crt` and the playground, in plain HTTP on a port of their own. */
export function createHealthServer({ playground, ...context }: HealthContext): Server {
  const page = playground === undefined ? undefined : playgroundPage(playground);
  return createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    const answer = async () => {
      const {
        status = 200,
        type = 'text/plain; charset=utf-8',
        headers = {},
        body,
      } = await pageFor(request.url ?? '', context, page);
      response.writeHead(status, { 'Content-Type': type, ...headers });
      response.end(body);
    };
    answer().catch((error: Error) => response.writeHead(500).end(`${error.message}\n`));
  });
}

/** Zipped once, which every browser takes: a third of its size. */
function playgroundPage(html: string): Page {
  const headers = {
    'Content-Encoding': 'gzip',
    'X-Content-Type-Options': 'nosniff',
    // What the page itself forbids, and being shown within another one.
    'Content-Security-Policy': "frame-ancestors 'none'",
  };
  return { type: 'text/html; charset=utf-8', headers, body: gzipSync(html) };
}

async function pageFor(
  url: string,
  { notReady, metrics, caCertificate }: Omit<HealthContext, 'playground'>,
  playground: Page | undefined,
): Promise<Page> {
  switch (url.split('?', 1)[0]) {
    case playgroundPath:
    case `${playgroundPath}/`:
    case '/':
      return playground ?? notFound();
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
      return { status: 404, body: 'the certificate comes from files; so does its CA\n' };
    default:
      return notFound(playground);
  }
}

function notFound(playground?: Page): Page {
  const pages = ['/healthz', '/readyz', '/metrics', ...(playground ? [playgroundPath] : [])];
  return { status: 404, body: `there are ${pages.join(', ')} and /ca.crt\n` };
}
