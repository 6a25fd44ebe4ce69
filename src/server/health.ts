import { createServer, type Server } from 'node:http';
import type { RenderedMetrics } from './render-metrics.ts';

export interface HealthContext {
  /** Why no reviews should come here now; undefined where they should. */
  readonly notReady: () => string | undefined;
  readonly metrics: () => Promise<RenderedMetrics>;
  /** The CA of a certificate that was made at the start, PEM. */
  readonly caCertificate: string | undefined;
}

interface Page {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

/** `/healthz`, `/readyz`, `/metrics` and `/ca.crt`, in plain HTTP on a port of their own. */
export function createHealthServer(context: HealthContext): Server {
  return createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    const answer = async () => {
      const {
        status = 200,
        type = 'text/plain; charset=utf-8',
        body,
      } = await pageFor(request.url ?? '', context);
      response.writeHead(status, { 'Content-Type': type });
      response.end(body);
    };
    answer().catch((error: Error) => response.writeHead(500).end(`${error.message}\n`));
  });
}

async function pageFor(
  url: string,
  { notReady, metrics, caCertificate }: HealthContext,
): Promise<Page> {
  switch (url.split('?', 1)[0]) {
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
      return { status: 404, body: 'there are /healthz, /readyz, /metrics and /ca.crt\n' };
  }
}
