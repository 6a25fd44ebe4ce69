type Labels = Readonly<Record<string, string>>;

/**
 * Sample is one value of a metric, under its labels. A histogram has samples under several names.
 */
export interface Sample {
  readonly value: number;
  readonly labels: Labels;
  readonly metricName?: string;
}

/** Metric is what prom-client needs to render a metric. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): readonly Sample[];
}

/** Returns a gauge with one sample, which `read` returns whenever the metrics are rendered. */
export function gauge(name: string, help: string, read: () => number, labels: Labels = {}): Metric {
  return { name, help, type: 'gauge', samples: () => [{ value: read(), labels }] };
}

/**
 * Counter counts by the values of one label. The counts are plain numbers, which cost next to
 * nothing.
 */
export class Counter<Value extends string | number> implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = 'counter';
  readonly #label: string;
  readonly #counts: Map<Value, number>;

  /**
   * @param values the values that are rendered from the start, as 0: an alert could not tell an
   *   increase from 0 if there were no sample
   */
  constructor(name: string, help: string, label: string, values: readonly Value[] = []) {
    this.name = name;
    this.help = help;
    this.#label = label;
    this.#counts = new Map(values.map((value) => [value, 0]));
  }

  add(value: Value, times = 1): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + times);
  }

  samples(): readonly Sample[] {
    return [...this.#counts].map(([value, count]) => ({
      value: count,
      labels: { [this.#label]: String(value) },
    }));
  }
}

/** Result is the label value of metrics that count what may fail. */
export type Result = 'success' | 'failure';

/** Returns a counter of successes and failures. Both are rendered from the start. */
export function countResults(name: string, help: string): Counter<Result> {
  return new Counter<Result>(name, help, 'result', ['success', 'failure']);
}
