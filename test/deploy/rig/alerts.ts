import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOnce } from '../../rig/build-once.ts';
import { one, render } from './chart.ts';

/** Series are the samples of series, half a minute apart, in the notation of promtool. */
export type Series = Readonly<Record<string, string>>;

interface Rule {
  readonly alert: string;
  readonly labels: object;
  readonly annotations: object;
}

/** Alerts are the alerts of the chart, as Prometheus' own tool evaluates them. */
export class Alerts {
  readonly #promtool = buildOnce('test/deploy/ensure-promtool.sh');
  readonly #folder = mkdtempSync(join(tmpdir(), 'detour-alerts-'));
  readonly #rules: readonly Rule[];

  constructor() {
    const { spec } = one(
      render({ monitoring: { alerts: true }, sync: { enabled: true } }),
      'PrometheusRule',
    );
    this.#rules = spec.groups[0].rules;
    // JSON is YAML.
    writeFileSync(join(this.#folder, 'rules.yaml'), JSON.stringify(spec));
  }

  /** Reports whether an alert fires with these labels after some minutes. Throws if others do. */
  isFiring(
    alert: string,
    minutes: number,
    series: Series,
    labels: object = { namespace: 'image-detour' },
  ): boolean {
    const rule = this.#rules.find((each) => each.alert === alert);
    if (rule === undefined) throw new Error(`there is no alert ${alert}`);
    const expected = {
      exp_labels: { ...rule.labels, ...labels },
      exp_annotations: rule.annotations,
    };
    const file = join(this.#folder, 'test.yaml');
    const check = { eval_time: `${minutes}m`, alertname: alert, exp_alerts: [expected] };
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const tests = [{ interval: '30s', input_series, alert_rule_test: [check] }];
    const content = { rule_files: ['rules.yaml'], evaluation_interval: '30s', tests };
    writeFileSync(file, JSON.stringify(content));
    const { status, stdout, stderr } = spawnSync(this.#promtool, ['test', 'rules', file], {
      encoding: 'utf8',
    });
    if (status === 0) return true;
    if (/\bgot:\[\]/.test(stdout + stderr)) return false;
    throw new Error(stdout + stderr);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Names the Pods of the release, as metrics have them. */
export const pods = ['image-detour-5d9f-abcde', 'image-detour-5d9f-fghij'] as const;

/** Returns the series of a metric of one Pod. */
export function seriesOf(name: string, pod: string, labels = ''): string {
  return `${name}{namespace="image-detour", pod="${pod}"${labels}}`;
}

/** Returns samples of a counter that grows by one after so many samples, so many times. */
export function growing(from: number, times: number, samplesEach: number): string {
  const values = Array.from({ length: times + 1 }, (_, count) => from + count);
  return values.map((value) => `${value}x${samplesEach - 1}`).join(' ');
}
