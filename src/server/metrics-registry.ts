import { type Metric as ClientMetric, collectDefaultMetrics, Registry } from 'prom-client';
import type { Metric } from './metric.ts';

/** The metrics of a server, and those of its process. */
export function createRegistry(metrics: readonly Metric[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const metric of metrics) registry.registerMetric(toClientMetric(metric));
  return registry;
}

/** All that a registry asks of a metric is its name and `get`; its types name only its own classes. */
function toClientMetric(metric: Metric): ClientMetric {
  const { name, help, type } = metric;
  const get = async () => ({ name, help, type, values: metric.samples(), aggregator: 'sum' });
  return { name, get } as unknown as ClientMetric;
}
