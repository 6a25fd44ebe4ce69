import { afterAll, beforeAll, expect, test } from 'vitest';
import { Alerts, growing, seriesOf as of, pods, type Series } from './rig/alerts.ts';

/*
 * Prometheus' own tool evaluates the alerts of the chart over series that are made up: whether they
 * fire, and when.
 */
let alerts: Alerts;
beforeAll(() => {
  alerts = new Alerts();
});
afterAll(() => alerts.close());

const isFiring: Alerts['isFiring'] = (...args) => alerts.isFiring(...args);
const problem = (code: string, values: string, pod: string = pods[0]): Series => ({
  [of('detour_registration_problem', pod, `, problem="${code}"`)]: values,
});
/** For six minutes all is well, then not. */
const broken = '0x12 1x60';

test.each(['missing', 'no-webhook', 'rules', 'address', 'ca-bundle'])(
  'DetourNotRegistered fires a minute after the registration has the problem %s, and says which',
  (code) => {
    const series = problem(code, broken);
    expect(isFiring('DetourNotRegistered', 6, series)).toBe(false);
    expect(
      isFiring('DetourNotRegistered', 8, series, { namespace: 'image-detour', problem: code }),
    ).toBe(true);
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
  expect(
    isFiring('DetourFailPending', 20, pending('1x60'), { namespace: 'image-detour', reason }),
  ).toBe(true);
  expect(isFiring('DetourFailPending', 10, pending('1x60'))).toBe(false);
});

const deployment = { namespace: 'image-detour', deployment: 'image-detour' };
const available = (name: string, instance = 'a') =>
  `kube_deployment_status_replicas_available{namespace="${name}", deployment="${name}", instance="${instance}"}`;
const ours = available('image-detour');
const others = { [available('coredns')]: '2x200' };

test.each([
  ['no replica is available', '2x10 0x100'],
  ['the Deployment is deleted', '2x10 stale _x100'],
])('DetourDown fires within three minutes if %s', (_, values) => {
  const series = { [ours]: values, ...others };
  expect(isFiring('DetourDown', 5, series, deployment)).toBe(false);
  expect(isFiring('DetourDown', 8, series, deployment)).toBe(true);
  expect(isFiring('DetourDown', 50, series, deployment)).toBe(true);
});

test('DetourDown stays silent while kube-state-metrics is gone, and after it moved', () => {
  const gone = { [ours]: '2x10 stale _x100', [available('coredns')]: '2x10 stale _x100' };
  expect(isFiring('DetourDown', 20, gone)).toBe(false);
  const moved = { [ours]: '2x10 stale _x100', [available('image-detour', 'b')]: '_x11 2x100' };
  expect(isFiring('DetourDown', 20, { ...moved, ...others })).toBe(false);
});

test.each([
  ['a replica is lost', '1x100', '1x100'],
  ['the new replica of an upgrade does not become ready', '2x100', '1x100'],
])('DetourReplicasNotReady fires after 15 minutes if %s', (_, availableNow, unavailable) => {
  const of = (name: string) =>
    `kube_deployment_${name}{namespace="image-detour", deployment="image-detour", instance="a"}`;
  const series = {
    [ours]: availableNow,
    [of('spec_replicas')]: '2x100',
    [of('status_replicas_unavailable')]: unavailable,
  };
  const labels = { ...deployment, instance: 'a' };
  expect(isFiring('DetourReplicasNotReady', 10, series)).toBe(false);
  expect(isFiring('DetourReplicasNotReady', 20, series, labels)).toBe(true);
  const well = { ...series, [ours]: '2x100', [of('status_replicas_unavailable')]: '1x8 0x90' };
  expect(isFiring('DetourReplicasNotReady', 20, well)).toBe(false);
});

test('DetourRulesInvalid fires if the rules are broken for minutes, or every other minute', () => {
  const valid = (values: string) => ({ [of('detour_rules_valid', pods[0])]: values });
  expect(isFiring('DetourRulesInvalid', 11, valid('1x10 0x60'))).toBe(true);
  expect(isFiring('DetourRulesInvalid', 12, valid('1x1 0x1 '.repeat(30)))).toBe(true);
  for (const minutes of [6, 8, 10, 12, 20])
    expect(isFiring('DetourRulesInvalid', minutes, valid('1x10 0x1 1x60'))).toBe(false);
  expect(isFiring('DetourRulesInvalid', 25, valid('1x10 0x20 1x60'))).toBe(false);
});

test('DetourNoRules fires if the file has no rules for five minutes', () => {
  const rules = (values: string) => ({ [of('detour_rules', pods[0])]: values });
  expect(isFiring('DetourNoRules', 6, rules('0x60'))).toBe(true);
  expect(isFiring('DetourNoRules', 4, rules('0x60'))).toBe(false);
  expect(isFiring('DetourNoRules', 20, rules('3x60'))).toBe(false);
});

test('DetourDeniesMost fires if most images are denied for 15 minutes', () => {
  const decided = (denied: string, rewritten: string) => ({
    [of('detour_decisions_total', pods[0], ', action="deny", reason="rule", rule="*"')]: denied,
    [of('detour_decisions_total', pods[1], ', action="rewrite", reason="rule", rule="a"')]:
      rewritten,
  });
  const most = decided('0+4x100', '0+1x100');
  expect(isFiring('DetourDeniesMost', 20, most)).toBe(true);
  expect(isFiring('DetourDeniesMost', 10, most)).toBe(false);
  expect(isFiring('DetourDeniesMost', 30, decided('0+2x100', '0+6x100'))).toBe(false);
  // The controller of one Pod tries a dozen times, and then with longer and longer pauses.
  const one = decided('0x4 12x1 14x3 15x5 16x11 17x21 18x60', growing(5, 5, 20));
  for (const minutes of [5, 10, 15, 18, 25, 40])
    expect(isFiring('DetourDeniesMost', minutes, one)).toBe(false);
  // One new Pod in six minutes, none of which can be created.
  const few = decided(
    Array.from({ length: 8 }, (_, count) => `${12 * count}x11`).join(' '),
    '5x100',
  );
  expect(isFiring('DetourDeniesMost', 30, few)).toBe(true);
});

test('DetourCertificateUpkeepFails fires a quarter of an hour after the last success', () => {
  const [pod] = pods;
  const upkeep = (result: string) =>
    of('detour_certificate_upkeep_total', pod, `, result="${result}"`);
  const failing = { [upkeep('success')]: '0+3x20 60x100', [upkeep('failure')]: '0x20 0+3x100' };
  const labels = { namespace: 'image-detour', pod };
  expect(isFiring('DetourCertificateUpkeepFails', 22, failing, labels)).toBe(false);
  expect(isFiring('DetourCertificateUpkeepFails', 27, failing, labels)).toBe(true);
  const now = { [upkeep('success')]: '0+2x200', [upkeep('failure')]: '0+1x200' };
  expect(isFiring('DetourCertificateUpkeepFails', 60, now)).toBe(false);
});
