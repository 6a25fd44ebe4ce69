import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildOnce } from '../rig/build-once.ts';
import { one, podOf, render } from './rig/chart.ts';

/*
 * The webhook issues its CA, and somebody else keeps the registration: they have to be told of a
 * new CA before it signs. Prometheus' own tool evaluates the alert.
 */
const name = 'DetourCaReplaced';
const values = { monitoring: { alerts: true }, webhook: { create: false } };
const rulesOf = (more: object): { alert: string; labels: object; annotations: object }[] =>
  one(render({ ...values, ...more }), 'PrometheusRule').spec.groups[0].rules;

const folder = mkdtempSync(join(tmpdir(), 'detour-ca-alert-'));
let promtool: string;
beforeAll(() => {
  promtool = buildOnce('test/deploy/ensure-promtool.sh');
  const groups = [{ name: 'image-detour', rules: rulesOf({}) }];
  // JSON is YAML.
  writeFileSync(join(folder, 'rules.yaml'), JSON.stringify({ groups }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const rotations = (pod: string, step: string) =>
  `detour_certificate_rotations_total{namespace="image-detour", pod="image-detour-5d9f-${pod}", step="${step}"}`;

/** Reports whether the alert fires after so many hours; samples are five minutes apart. */
function fires(hours: number, series: Readonly<Record<string, string>>): boolean {
  const rule = rulesOf({}).find(({ alert }) => alert === name);
  const expected = {
    exp_labels: { ...rule?.labels, namespace: 'image-detour' },
    exp_annotations: rule?.annotations,
  };
  const [isFiring, isSilent] = [[expected], []].map((exp_alerts) => {
    const check = { eval_time: `${hours}h`, alertname: name, exp_alerts };
    const input_series = Object.entries(series).map(([of, samples]) => ({
      series: of,
      values: samples,
    }));
    const tests = [{ interval: '5m', input_series, alert_rule_test: [check] }];
    const file = join(folder, 'test.yaml');
    writeFileSync(
      file,
      JSON.stringify({ rule_files: ['rules.yaml'], evaluation_interval: '5m', tests }),
    );
    return spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' }).status === 0;
  });
  expect(isFiring).toBe(!isSilent);
  return isFiring === true;
}

test('there is an alert only if the webhook issues its CA, and somebody else keeps the registration', () => {
  const has = (more: object) => rulesOf(more).some(({ alert }) => alert === name);
  expect(has({})).toBe(true);
  expect(has({ webhook: { create: true } })).toBe(false);
  expect(has({ certificate: { mode: 'existing', secretName: 'tls' } })).toBe(false);
});

test('it fires in the week before the new CA signs, also if its replica is gone', () => {
  const series = { [rotations('abcde', 'add-authority')]: '0x24 1x12' };
  expect(fires(1, series)).toBe(false);
  expect(fires(3, series)).toBe(true);
  expect(fires(6 * 24, series)).toBe(true);
  expect(fires(8 * 24, series)).toBe(false);
});

test('it stays silent if a certificate is renewed under the same CA', () => {
  expect(fires(3, { [rotations('abcde', 'renew-certificate')]: '0x24 1x12' })).toBe(false);
});

test('the CA signs after a week only if the webhook does not write it itself', () => {
  const argsOf = (more: object): string[] => podOf(render(more)).containers[0].args;
  expect(argsOf({ webhook: { create: false } })).toContain('--ca-overlap=7d');
  expect(argsOf({}).join()).not.toContain('--ca-overlap');
  const existing = { certificate: { mode: 'existing', secretName: 'tls' } };
  expect(argsOf({ webhook: { create: false }, ...existing }).join()).not.toContain('--ca-overlap');
});
