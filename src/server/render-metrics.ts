import type { Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** Metrics as Prometheus reads them. */
export interface RenderedMetrics {
  readonly contentType: string;
  readonly text: string;
}

/**
 * What renders a server's metrics, with those of the process. prom-client is loaded when somebody first asks: it is a
 * quarter of a start. Not by itself: what a bundle gives for a CommonJS package that is loaded on demand has no names.
 */
export function metricsRenderer(metrics: Metrics): () => Promise<RenderedMetrics> {
  let registry: Promise<Registry> | undefined;
  return async () => {
    registry ??= import('./metrics-registry.ts').then(({ createRegistry }) =>
      createRegistry(metrics.all()),
    );
    const { contentType } = await registry;
    return { contentType, text: await (await registry).metrics() };
  };
}
