type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly value: number;
  readonly labels: Labels;
  readonly metricName?: string;
}

/** A metric in the form that prom-client renders. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): readonly Sample[];
}

export function gauge(name: string, help: string, read: () => number, labels: Labels = {}): Metric {
  return { name, help, type: 'gauge', samples: () => [{ value: read(), labels }] };
}

/** Counts by the values of one label: plain numbers, which cost next to nothing. */
export class Counter<Value extends string | number> implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = 'counter';
  readonly #label: string;
  readonly #counts: Map<Value, number>;

  /** Those of `values` are shown from the start, at 0: an alert can tell no increase from no such thing. */
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

export type Result = 'success' | 'failure';

export function countResults(name: string, help: string): Counter<Result> {
  return new Counter<Result>(name, help, 'result', ['success', 'failure']);
}
