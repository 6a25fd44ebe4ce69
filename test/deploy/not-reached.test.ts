import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Alerts, growing, type Series } from './rig/alerts.ts';

/* The alert about calls that API servers lose, as Prometheus' own tool evaluates it. */
let alerts: Alerts;
beforeAll(() => {
  alerts = new Alerts();
});
afterAll(() => alerts.close());

const isFiring = (minutes: number, series: Series) =>
  alerts.isFiring('DetourNotReached', minutes, series, {});

const webhook = 'name="pods.image-detour.io", type="admit"';
const metric = (name: string, labels = '') =>
  `apiserver_admission_webhook_${name}{${webhook}${labels}}`;
const rejected = (type: string) =>
  metric('rejection_count', `, operation="CREATE", error_type="${type}", rejection_code="500"`);
const calls = metric('admission_duration_seconds_count', ', operation="CREATE", rejected="false"');
/** Five calls in a sample are ten in a minute. */
const tenPerMinute = { [calls]: '0+5x400' };

describe.each([
  ['Ignore', metric('fail_open_count')],
  ['Fail', rejected('calling_webhook_error')],
])('with %s', (_, lost) => {
  test('it fires in a total outage, although there is only one Pod in six minutes', () => {
    const series = { [lost]: `_x11 ${growing(1, 10, 12)}`, [calls]: growing(10, 11, 12) };
    expect(isFiring(10, series)).toBe(false);
    expect(isFiring(20, series)).toBe(true);
    expect(isFiring(60, series)).toBe(true);
  });

  test('it fires if 500 Pods are lost in two minutes, although many more are not', () => {
    const series = { [lost]: '0x20 125 250 375 500x100', [calls]: '0+500x200' };
    expect(isFiring(10, series)).toBe(false);
    expect(isFiring(14, series)).toBe(true);
    expect(isFiring(30, series)).toBe(false);
  });

  test('it fires if one of several API servers loses each call', () => {
    const series = { [lost]: growing(0, 40, 4), [calls]: '0+1x400' };
    expect(isFiring(20, series)).toBe(true);
  });

  test('it stays silent for one lost call in four minutes among many', () => {
    const series = { [lost]: growing(0, 30, 8), ...tenPerMinute };
    for (const minutes of [10, 30, 60, 100]) expect(isFiring(minutes, series)).toBe(false);
  });

  test('it stays silent for the calls that are lost when a node dies', () => {
    const series = { [lost]: '7x20 10x200', ...tenPerMinute };
    for (const minutes of [11, 15, 30]) expect(isFiring(minutes, series)).toBe(false);
    const quiet = { [lost]: '7x20 8x200', [calls]: growing(10, 20, 12) };
    for (const minutes of [11, 15, 30]) expect(isFiring(minutes, quiet)).toBe(false);
  });
});

test('it stays silent about Pods that rules deny', () => {
  expect(isFiring(60, { [rejected('no_error')]: '0+5x200', ...tenPerMinute })).toBe(false);
});
