import type { Metrics } from './metrics.ts';
import { shared } from './shared.ts';

/** RenderedMetrics is the metrics in the text format of Prometheus. */
export interface RenderedMetrics {
  readonly contentType: string;
  readonly text: Buffer;
}

/**
 * Returns a function that renders the metrics of a server and of its process. It loads prom-client,
 * which is a quarter of a start, when it is first called. It loads it through a module of this
 * project: in a bundle, a CommonJS package that is loaded on demand has no named exports.
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
    // All callers get the same Buffer: answers with the same bytes take their memory once.
    return { contentType: registry.contentType, text: Buffer.from(await registry.metrics()) };
  });
  return async () => {
    loading ??= load();
    await loading;
    return await render();
  };
}
