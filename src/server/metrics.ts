import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { PodDecision } from '../admission/decide-pod.ts';

type Result = 'success' | 'failure';

/** What one server counts. The hot path adds to plain numbers; the Prometheus forms are made when somebody asks. */
export class Metrics {
  inFlight = 0;
  certificateNotAfter = 0;
  rulesValid = true;
  rulesLastSuccess = 0;
  readonly #decisions = new Map<string, Map<string, number>>();
  readonly #refused = new Map<number, number>();
  readonly #rulesReloads: Record<Result, number> = { success: 0, failure: 0 };
  readonly #certificateReloads: Record<Result, number> = { success: 0, failure: 0 };
  readonly #registry = new Registry();
  readonly #duration: Histogram;

  constructor(version: string) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#duration = new Histogram({
      name: 'detour_admission_duration_seconds',
      help: 'From the head of a review to its answer.',
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 3],
      registers,
    });
    const decisions: Counter = new Counter({
      name: 'detour_decisions_total',
      help: 'Images decided, by action, reason and the from of the rule.',
      labelNames: ['action', 'reason', 'rule'],
      registers,
      collect: () => this.#collectDecisions(decisions),
    });
    const refused: Counter = new Counter({
      name: 'detour_requests_refused_total',
      help: 'Requests that were answered with an error, by HTTP status.',
      labelNames: ['status'],
      registers,
      collect: () => collect(refused, this.#refused, (status) => ({ status: String(status) })),
    });
    this.#countResults(
      'detour_rules_reloads_total',
      'Times the rules file was read again.',
      this.#rulesReloads,
    );
    this.#countResults(
      'detour_certificate_reloads_total',
      'Times the certificate was read again.',
      this.#certificateReloads,
    );
    this.#gauge('detour_in_flight_requests', 'Requests being answered.', () => this.inFlight);
    this.#gauge(
      'detour_rules_valid',
      'Whether the rules file, as it is now, is the one in force.',
      () => Number(this.rulesValid),
    );
    this.#gauge(
      'detour_rules_last_success_timestamp_seconds',
      'When the rules in force were read.',
      () => this.rulesLastSuccess / 1000,
    );
    this.#gauge(
      'detour_certificate_not_after_timestamp_seconds',
      'When the serving certificate expires.',
      () => this.certificateNotAfter / 1000,
    );
    new Gauge({
      name: 'detour_build_info',
      help: 'The version.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
  }

  countDecisions(decisions: readonly PodDecision[]): void {
    for (const { decision } of decisions) {
      const from = decision.rule?.from ?? '';
      let counts = this.#decisions.get(from);
      if (counts === undefined) {
        counts = new Map();
        this.#decisions.set(from, counts);
      }
      add(counts, `${decision.action} ${decision.reason}`);
    }
  }

  countRefused(status: number): void {
    add(this.#refused, status);
  }

  observeDuration(milliseconds: number): void {
    this.#duration.observe(milliseconds / 1000);
  }

  countRulesReload(result: Result): void {
    this.#rulesReloads[result]++;
    this.rulesValid = result === 'success';
    if (result === 'success') this.rulesLastSuccess = Date.now();
  }

  countCertificateReload(result: Result): void {
    this.#certificateReloads[result]++;
  }

  /** The text that Prometheus reads. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #collectDecisions(counter: Counter): void {
    counter.reset();
    for (const [rule, counts] of this.#decisions) {
      for (const [key, count] of counts) {
        const [action = '', reason = ''] = key.split(' ');
        counter.inc({ action, reason, rule }, count);
      }
    }
  }

  #countResults(name: string, help: string, counts: Readonly<Record<Result, number>>): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: ['result'],
      registers: [this.#registry],
      collect: () => {
        counter.reset();
        for (const [result, count] of Object.entries(counts)) counter.inc({ result }, count);
      },
    });
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    });
  }
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function collect<Key>(
  counter: Counter,
  counts: ReadonlyMap<Key, number>,
  labelsOf: (key: Key) => Record<string, string>,
): void {
  counter.reset();
  for (const [key, count] of counts) counter.inc(labelsOf(key), count);
}
