import { type Metric as ClientMetric, collectDefaultMetrics, Registry } from 'prom-client';
import type { Metric } from './metric.ts';

/** Creates a registry with the metrics of the process. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Registers those metrics that are new: a server that is asked while it starts does not have all of them yet. */
export function registerNew(registry: Registry, metrics: readonly Metric[]): void {
  for (const metric of metrics) {
    if (registry.getSingleMetric(metric.name) === undefined)
      registry.registerMetric(toClientMetric(metric));
  }
}

/** All that a registry asks of a metric is its name and `get`; its types name only its own classes. */
function toClientMetric(metric: Metric): ClientMetric {
  const { name, help, type } = metric;
  const get = async () => ({ name, help, type, values: metric.samples(), aggregator: 'sum' });
  return { name, get } as unknown as ClientMetric;
}
