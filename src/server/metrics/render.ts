import type { Metrics } from './metrics.ts';
import { shared } from './shared.ts';

/** Metrics as Prometheus reads them. */
export interface RenderedMetrics {
  readonly contentType: string;
  readonly text: Buffer;
}

/**
 * Returns what renders a server's metrics, with those of the process. prom-client is loaded when somebody first asks: it is a
 * quarter of a start. Not by itself: what a bundle gives for a CommonJS package that is loaded on demand has no names.
 */
export function metricsRenderer(metrics: Metrics): () => Promise<RenderedMetrics> {
  const load = async () => {
    const { createRegistry, registerNew } = await import('./registry.ts');
    return { registry: createRegistry(), registerNew };
  };
  let loading: ReturnType<typeof load> | undefined;
  const render = shared(async () => {
    const { registry, registerNew } = await (loading as ReturnType<typeof load>);
    registerNew(registry, metrics.all());
    // One Buffer for all who ask: answers that hold the same bytes take their memory once.
    return { contentType: registry.contentType, text: Buffer.from(await registry.metrics()) };
  });
  return async () => {
    loading ??= load();
    await loading;
    return await render();
  };
}
