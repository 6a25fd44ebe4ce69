import type { PodDecision } from '../../admission/decide-pod.ts';
import { Counter, countResults, gauge, type Metric, type Sample } from './metric.ts';

/**
 * CutReason is why a connection was closed before its time: its client did not read, did not send a
 * request, or was in the way of others.
 */
export type CutReason = 'unread' | 'silent' | 'crowded';

/** The upper bounds of the buckets, in seconds. */
const bounds: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 3,
];

/** The most values of the label `rule`. */
const maxLabels = 10_000;
/** Rules beyond these get a sample only when they first decide: most rules of a long file never do. */
const maxExpected = 100;

/** The statuses of answers that are refusals. */
const refusals: readonly number[] = [400, 404, 405, 413, 415, 417, 500, 503];

/** ExpectedRule is a rule whose decisions are counted. */
interface ExpectedRule {
  readonly from: string;
  readonly action: PodDecision['decision']['action'];
}

/**
 * Metrics is what one server counts: plain numbers, which cost a review next to nothing.
 * `render.ts` makes text of them.
 */
export class Metrics {
  /**
   * Returns how many requests are being answered. It is called when the metrics are rendered: a
   * number that is read cannot be counted wrongly.
   */
  inFlight: () => number = () => 0;
  /** Returns how many connections are open, in the same way. */
  connections: () => number = () => 0;
  readonly cutConnections = new Counter<CutReason>(
    'detour_connections_cut_total',
    'Connections to the webhook that were closed because their client did not read, did not ask, or to make room.',
    'reason',
    ['unread', 'silent', 'crowded'],
  );
  /** When the certificate expires, in milliseconds since 1970. */
  certificateNotAfter = 0;
  rulesValid = true;
  /** Returns how many rules are in force. */
  rules: () => number = () => 0;
  /** Whether the last good rules are in force because the file could not be used at the start. */
  hasLastGoodRules = false;
  /** When the rules in force were read, in milliseconds since 1970. */
  rulesLastSuccess = 0;
  readonly #version: string;
  /** By the `from` of the rule, then by action and reason. */
  readonly #decisions = new Map<string, Map<string, number>>();
  /** By HTTP status. */
  readonly refused = new Counter<number>(
    'detour_requests_refused_total',
    'Requests that were answered with an error, by HTTP status.',
    'status',
    refusals,
  );
  readonly certificateReloads = countResults(
    'detour_certificate_reloads_total',
    'Reloads of the certificate, by result.',
  );
  readonly #rulesReloads = countResults(
    'detour_rules_reloads_total',
    'Reloads of the rules file, by result.',
  );
  readonly #registered: Metric[] = [];
  /**
   * How many admissions took at most the bound at the same index, and more than the one before. The
   * last item counts those above all bounds.
   */
  readonly #durations = new Array<number>(bounds.length + 1).fill(0);
  #durationSum = 0;

  constructor(version: string) {
    this.#version = version;
  }

  /**
   * Renders the decisions of these rules from now on, as 0: Prometheus sees no increase in a counter
   * that appears with its first value.
   */
  expectDecisions(rules: readonly ExpectedRule[]): void {
    for (const { from, action } of rules.slice(0, maxExpected))
      add(this.#countsOf(from), `${action} rule`, 0);
    for (const reason of ['no-rule', 'already-mirrored'])
      add(this.#countsOf(''), `keep ${reason}`, 0);
  }

  /** Counts each decision by the `from` of its rule, its action and its reason. */
  countDecisions(decisions: readonly Pick<PodDecision, 'decision'>[]): void {
    for (const { decision } of decisions) {
      const counts = this.#countsOf(decision.rule?.from ?? '');
      add(counts, `${decision.action} ${decision.reason}`, 1);
    }
  }

  #countsOf(rule: string): Map<string, number> {
    const from = this.#labelOf(rule);
    let counts = this.#decisions.get(from);
    if (counts === undefined) {
      counts = new Map();
      this.#decisions.set(from, counts);
    }
    return counts;
  }

  /**
   * Returns the label for a rule. Rules come and go, and namespaces can add any, so the number of
   * labels must be bounded.
   */
  #labelOf(from: string): string {
    return this.#decisions.has(from) || this.#decisions.size < maxLabels ? from : '(more)';
  }

  /** Adds metrics that only some servers have. */
  register(...metrics: readonly Metric[]): void {
    this.#registered.push(...metrics);
  }

  /** Counts an admission in the histogram of durations. */
  observeDuration(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket++;
    (this.#durations[bucket] as number)++;
    this.#durationSum += seconds;
  }

  /**
   * Counts a reload of the rules, and records whether the current file is in force and since when.
   */
  countRulesReload(result: 'success' | 'failure'): void {
    this.#rulesReloads.add(result);
    this.rulesValid = result === 'success';
    if (result === 'success') this.rulesLastSuccess = Date.now();
  }

  /** Returns all metrics, those that were registered last. */
  all(): readonly Metric[] {
    return [
      {
        name: 'detour_decisions_total',
        help: 'Images decided, by action, reason and the from of the rule.',
        type: 'counter',
        samples: () =>
          [...this.#decisions].flatMap(([rule, counts]) => decisionSamples(rule, counts)),
      },
      {
        name: 'detour_admission_duration_seconds',
        help: 'Seconds from the headers of a review to its decision.',
        type: 'histogram',
        samples: () => this.#durationSamples(),
      },
      this.refused,
      this.#rulesReloads,
      this.certificateReloads,
      gauge('detour_in_flight_requests', 'Requests being answered.', () => this.inFlight()),
      gauge('detour_connections', 'Connections to the webhook.', () => this.connections()),
      this.cutConnections,
      gauge(
        'detour_rules_valid',
        '1 if the current rules file is in force, 0 if it is broken and older rules are.',
        () => Number(this.rulesValid),
      ),
      gauge(
        'detour_last_good_rules',
        '1 if the rules file could not be used at the start and the last good rules are in force.',
        () => Number(this.hasLastGoodRules),
      ),
      gauge('detour_rules', 'Rules in force.', () => this.rules()),
      gauge(
        'detour_rules_last_success_timestamp_seconds',
        'Unix time at which the rules in force were loaded.',
        () => this.rulesLastSuccess / 1000,
      ),
      gauge(
        'detour_certificate_not_after_timestamp_seconds',
        'Unix time at which the serving certificate expires.',
        () => this.certificateNotAfter / 1000,
      ),
      gauge('detour_build_info', 'Always 1; the label has the version.', () => 1, {
        version: this.#version,
      }),
      ...this.#registered,
    ];
  }

  #durationSamples(): Sample[] {
    const name = 'detour_admission_duration_seconds';
    let count = 0;
    const buckets = this.#durations.map((inBucket, index) => {
      count += inBucket;
      const le = index < bounds.length ? String(bounds[index]) : '+Inf';
      return { value: count, labels: { le }, metricName: `${name}_bucket` };
    });
    return [
      ...buckets,
      { value: this.#durationSum, labels: {}, metricName: `${name}_sum` },
      { value: count, labels: {}, metricName: `${name}_count` },
    ];
  }
}

function decisionSamples(rule: string, counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([key, value]) => {
    const [action = '', reason = ''] = key.split(' ');
    return { value, labels: { action, reason, rule } };
  });
}

function add<Key>(counts: Map<Key, number>, key: Key, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}
