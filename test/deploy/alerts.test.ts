import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildOnce } from '../rig/build-once.ts';
import { one, render } from './rig/chart.ts';

/*
 * Prometheus' own tool evaluates the alerts of the chart over series that are made up: whether they
 * fire, and when.
 */
let promtool: string;
const folder = mkdtempSync(join(tmpdir(), 'detour-alerts-'));
beforeAll(() => {
  promtool = buildOnce('test/deploy/ensure-promtool.sh');
  // JSON is YAML.
  const { spec } = one(render({ monitoring: { alerts: true } }), 'PrometheusRule');
  writeFileSync(join(folder, 'rules.yaml'), JSON.stringify(spec));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Series = Readonly<Record<string, string>>;

/** Evaluates an alert after some minutes; samples are half a minute apart. */
function isFiring(alert: string, minutes: number, series: Series, labels?: object): boolean {
  const { groups } = one(render({ monitoring: { alerts: true } }), 'PrometheusRule').spec;
  const rule = groups[0].rules.find((each: { alert: string }) => each.alert === alert);
  const expected = {
    exp_labels: { ...rule.labels, namespace: 'image-detour', ...labels },
    exp_annotations: rule.annotations,
  };
  const run = (alerts: readonly object[]) => {
    const file = join(folder, 'test.yaml');
    const check = { eval_time: `${minutes}m`, alertname: alert, exp_alerts: alerts };
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const tests = [{ interval: '30s', input_series, alert_rule_test: [check] }];
    const content = { rule_files: ['rules.yaml'], evaluation_interval: '30s', tests };
    writeFileSync(file, JSON.stringify(content));
    return spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' });
  };
  const fires = run([expected]);
  const rests = run([]);
  if (fires.status === rests.status) throw new Error(fires.stdout + fires.stderr + rests.stdout);
  return fires.status === 0;
}

const pods = ['image-detour-5d9f-abcde', 'image-detour-5d9f-fghij'];
const of = (name: string, pod: string | undefined, labels = '') =>
  `${name}{namespace="image-detour", pod="${pod}"${labels}}`;
const problem = (code: string, values: string, pod = pods[0]): Series => ({
  [of('detour_registration_problem', pod, `, problem="${code}"`)]: values,
});
/** For six minutes all is well, then not. */
const broken = '0x12 1x60';

test.each(['missing', 'no-webhook', 'rules', 'address', 'ca-bundle'])(
  'DetourNotRegistered fires a minute after the registration has the problem %s, and says which',
  (code) => {
    const series = problem(code, broken);
    expect(isFiring('DetourNotRegistered', 6, series)).toBe(false);
    expect(isFiring('DetourNotRegistered', 8, series, { problem: code })).toBe(true);
  },
);

test('DetourNotRegistered ends when the registration is in force again', () => {
  expect(isFiring('DetourNotRegistered', 10, problem('missing', '0x2 1x10 0x20'))).toBe(false);
});

test('DetourNotRegistered stays silent about a replica that has not read it, and a short gap', () => {
  expect(isFiring('DetourNotRegistered', 20, problem('unread', '1x60'))).toBe(false);
  expect(isFiring('DetourNotRegistered', 6, problem('missing', '0x10 1 0x60'))).toBe(false);
});

test('DetourRegistrationUnwatched fires if one replica cannot watch it for 15 minutes', () => {
  const watched = (values: string) => ({
    [of('detour_registration_watched', pods[0])]: '1x100',
    [of('detour_registration_watched', pods[1])]: values,
  });
  expect(isFiring('DetourRegistrationUnwatched', 20, watched('0x60'))).toBe(true);
  expect(isFiring('DetourRegistrationUnwatched', 10, watched('0x60'))).toBe(false);
  expect(isFiring('DetourRegistrationUnwatched', 20, watched('1x60'))).toBe(false);
});

test('DetourFailPending fires if Fail is not set within 15 minutes, and says why', () => {
  const reason = 'namespace-label';
  const pending = (values: string) => ({
    [of('detour_failure_policy_pending', pods[0], `, reason="${reason}"`)]: values,
  });
  expect(isFiring('DetourFailPending', 20, pending('1x60'), { reason })).toBe(true);
  expect(isFiring('DetourFailPending', 10, pending('1x60'))).toBe(false);
});
