import type { Metric as ClientMetric, Registry } from 'prom-client';
import type { Metric } from './metric.ts';
import type { Metrics } from './metrics.ts';

/** Metrics as Prometheus reads them. */
export interface RenderedMetrics {
  readonly contentType: string;
  readonly text: string;
}

/**
 * What renders a server's metrics, with those of the process. prom-client is loaded when somebody first asks: it is a
 * quarter of a start.
 */
export function metricsRenderer(metrics: Metrics): () => Promise<RenderedMetrics> {
  let registry: Promise<Registry> | undefined;
  return async () => {
    registry ??= createRegistry(metrics);
    const { contentType } = await registry;
    return { contentType, text: await (await registry).metrics() };
  };
}

async function createRegistry(metrics: Metrics): Promise<Registry> {
  const { collectDefaultMetrics, Registry: ClientRegistry } = await import('prom-client');
  const registry = new ClientRegistry();
  collectDefaultMetrics({ register: registry });
  for (const metric of metrics.all()) registry.registerMetric(toClientMetric(metric));
  return registry;
}

/** All that a registry asks of a metric is its name and `get`; its types name only its own classes. */
function toClientMetric(metric: Metric): ClientMetric {
  const { name, help, type } = metric;
  const get = async () => ({ name, help, type, values: metric.samples(), aggregator: 'sum' });
  return { name, get } as unknown as ClientMetric;
}
