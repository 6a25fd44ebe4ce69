import { Gauge, Registry } from 'prom-client';
import type { ClientEvent } from '../../../../registry/client-event.ts';
import { version } from '../../../version.ts';
import type { Summary } from '../summary.ts';

/** The most values of the label `registry`: registries may send a client to any number of hosts. */
const maxHosts = 100;

/** The name of the metric that outlives runs that are not complete. */
const lastCompleteMetric = 'detour_sync_last_complete_timestamp_seconds';

/** RunEnd says how a run ended. */
export interface RunEnd {
  readonly exitCode: number;
  /** When the last complete run ended, in seconds since 1970; undefined if that is not known. */
  readonly lastComplete: number | undefined;
}

/** RunMetrics counts what a run does, for Prometheus. */
export class RunMetrics {
  readonly #started = Date.now();
  readonly #requests = new Map<string, number>();
  readonly #pullsLeft = new Map<string, number>();
  /** What became of the images; undefined if the run ended before it copied any. */
  summary: Summary | undefined;

  /** Takes note of what a client reports. */
  note(event: ClientEvent): void {
    if (event.type === 'rate-limit') this.#pullsLeft.set(event.registry, event.remaining);
    if (event.type !== 'request') return;
    const { host } = event;
    const isKnown = this.#requests.has(host) || this.#requests.size < maxHosts;
    const label = isKnown ? host : '(more)';
    this.#requests.set(label, (this.#requests.get(label) ?? 0) + 1);
  }

  /** Returns when the last complete run ended by the metrics of an earlier one, if they say so. */
  lastCompleteIn(text: string): number | undefined {
    const [, value] = new RegExp(`^${lastCompleteMetric} (\\S+)$`, 'm').exec(text) ?? [];
    const time = Number(value);
    return value !== undefined && Number.isFinite(time) ? time : undefined;
  }

  /** Formats the metrics in the text format of Prometheus. */
  async format({ exitCode, lastComplete }: RunEnd): Promise<string> {
    const registry = new Registry();
    const add = (name: string, help: string, ...labelNames: readonly string[]) =>
      new Gauge({ name, help, labelNames, registers: [registry] });
    const { summary } = this;
    const images = add('detour_sync_images', 'Images of the last run, by state.', 'state');
    for (const state of ['copied', 'present', 'failed', 'left'] as const)
      images.set({ state }, summary?.[state] ?? 0);
    add(
      'detour_sync_findings',
      'Listed images of the last run that have no place in the mirror.',
    ).set(summary?.findings ?? 0);
    const bytes = add(
      'detour_sync_bytes',
      'Bytes that the last run uploaded, and that the mirror had or mounted.',
      'way',
    );
    for (const way of ['uploaded', 'mounted'] as const) bytes.set({ way }, summary?.[way] ?? 0);
    const requests = add('detour_sync_requests', 'Requests of the last run, by host.', 'registry');
    for (const [host, count] of this.#requests) requests.set({ registry: host }, count);
    const pulls = add(
      'detour_sync_pulls_left',
      'Pulls that a registry still allowed at the end of the last run.',
      'registry',
    );
    for (const [host, left] of this.#pullsLeft) pulls.set({ registry: host }, left);
    add(
      'detour_sync_exit_code',
      'Exit code of the last run: 0 everything is there, 3 a part of it, 1 nothing, 2 wrong usage, 70 an internal error.',
    ).set(exitCode);
    const ended = Date.now();
    add('detour_sync_duration_seconds', 'Seconds that the last run took.').set(
      (ended - this.#started) / 1000,
    );
    add('detour_sync_start_timestamp_seconds', 'Unix time at which the last run began.').set(
      this.#started / 1000,
    );
    add('detour_sync_end_timestamp_seconds', 'Unix time at which the last run ended.').set(
      ended / 1000,
    );
    const complete = exitCode === 0 ? ended / 1000 : lastComplete;
    if (complete !== undefined)
      add(
        lastCompleteMetric,
        'Unix time at which the last run ended after which everything listed was at the mirror.',
      ).set(complete);
    add('detour_sync_build_info', 'Always 1; the label has the version.', 'version').set(
      { version },
      1,
    );
    return await registry.metrics();
  }
}
