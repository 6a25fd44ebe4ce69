import { type Metric as ClientMetric, collectDefaultMetrics, Registry } from 'prom-client';
import type { Metric } from './metric.ts';

/** Creates a registry of prom-client with the metrics of the process. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/**
 * Registers the metrics that are new. A server whose metrics are read while it starts does not have
 * all of them yet.
 */
export function registerNew(registry: Registry, metrics: readonly Metric[]): void {
  for (const metric of metrics) {
    if (registry.getSingleMetric(metric.name) === undefined)
      registry.registerMetric(toClientMetric(metric));
  }
}

/**
 * Wraps a metric for the registry, which only uses its name and `get`. The types of prom-client
 * accept only its own classes.
 */
function toClientMetric(metric: Metric): ClientMetric {
  const { name, help, type } = metric;
  const get = async () => ({ name, help, type, values: metric.samples(), aggregator: 'sum' });
  return { name, get } as unknown as ClientMetric;
}
