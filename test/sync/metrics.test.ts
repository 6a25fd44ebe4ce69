import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildOnce } from '../rig/build-once.ts';
import { detourProgram } from '../rig/detour.ts';
import { freePort, type Running, start, untilReady } from '../rig/process.ts';
import { addImage } from '../rig/registry/images.ts';
import { startServer } from '../rig/registry/server.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

/*
 * The metrics of a run, as promtool and a real push gateway take them.
 */

let world: Mirroring;

beforeAll(() => {
  buildOnce('test/sync/ensure-prometheus.sh');
});
beforeEach(async () => {
  world = await startMirroring();
  addImage(world.origin.store, 'a', { tag: '1' });
});
afterEach(() => world.close());

/** Returns the value of a series. */
function sampleOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}

const lastComplete = 'detour_sync_last_complete_timestamp_seconds';

describe('--metrics', () => {
  test('writes what promtool accepts', async () => {
    const file = join(world.folder, 'detour.prom');
    const args = ['--list', '-', '--metrics', file];
    const before = Date.now() / 1000;
    expect((await world.sync(args, 'ORIGIN/a:1\nORIGIN/none:1\nnginx:1\n')).code).toBe(3);
    const text = readFileSync(file, 'utf8');
    expect(sampleOf(text, 'detour_sync_images{state="copied"}')).toBe(1);
    expect(sampleOf(text, 'detour_sync_images{state="failed"}')).toBe(1);
    expect(sampleOf(text, 'detour_sync_images{state="left"}')).toBe(0);
    expect(sampleOf(text, 'detour_sync_findings')).toBe(1);
    expect(sampleOf(text, 'detour_sync_bytes{way="uploaded"}')).toBeGreaterThan(0);
    expect(sampleOf(text, 'detour_sync_exit_code')).toBe(3);
    expect(sampleOf(text, 'detour_sync_end_timestamp_seconds')).toBeGreaterThan(before);
    const { host, requests } = world.mirror;
    expect(sampleOf(text, `detour_sync_requests{registry="${host}"}`)).toBe(requests.length);
    expect(text).not.toContain(lastComplete);
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(checked.stdout + checked.stderr).toBe('');
    expect(checked.status).toBe(0);
    // Nothing unfinished is left for the collector.
    expect(readdirSync(world.folder).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('keeps the time of the last complete run, also if the rules are broken', async () => {
    const file = join(world.folder, 'detour.prom');
    const args = ['--list', '-', '--metrics', file];
    expect((await world.sync(args, 'ORIGIN/a:1')).code).toBe(0);
    const complete = sampleOf(readFileSync(file, 'utf8'), lastComplete);
    expect(Date.now() / 1000 - complete).toBeLessThan(60);
    expect((await world.sync(args, 'ORIGIN/none:1')).code).toBe(1);
    expect(sampleOf(readFileSync(file, 'utf8'), lastComplete)).toBe(complete);
    writeFileSync(join(world.folder, 'detour.yaml'), 'version: 1\nrules: 7\n');
    expect((await world.sync(args, 'ORIGIN/a:1')).code).toBe(2);
    const text = readFileSync(file, 'utf8');
    expect(sampleOf(text, lastComplete)).toBe(complete);
    expect(sampleOf(text, 'detour_sync_exit_code')).toBe(2);
    expect(sampleOf(text, 'detour_sync_images{state="copied"}')).toBe(0);
  });

  test('has the exit code 70 if the output cannot be written', async () => {
    const file = join(world.folder, 'detour.prom');
    const rules = join(world.folder, 'detour.yaml');
    const list = join(world.folder, 'list.txt');
    writeFileSync(list, `${world.origin.host}/a:1\n`);
    const args = [detourProgram, '--rules', rules, 'sync', '--list', list, '--metrics', file];
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, args, { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    const [errors, [code]] = await Promise.all([
      text(child.stderr as Readable),
      once(child, 'close'),
    ]);
    expect(code).toBe(70);
    expect(errors).toMatch(/^detour: the output cannot be written: ENOSPC: .*\n$/);
    expect(sampleOf(readFileSync(file, 'utf8'), 'detour_sync_exit_code')).toBe(70);
  });
});

describe('--push-gateway', () => {
  let gateway: Running;
  let url: string;
  beforeAll(async () => {
    const address = `127.0.0.1:${await freePort()}`;
    url = `http://${address}`;
    const log = `/tmp/detour-pushgateway-${process.pid}.log`;
    gateway = start('prometheus-pushgateway', [`--web.listen-address=${address}`], log);
    const isReady = () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await untilReady('the gateway', gateway, isReady, 15);
    return () => gateway.stop('SIGTERM');
  });
  const pushed = async () => await (await fetch(`${url}/metrics`)).text();

  test('pushes a run, and the time of the last complete one stays', async () => {
    const group = `${url}/metrics/job/detour_sync/instance/beijing`;
    const args = ['--list', '-', '--push-gateway', group];
    const labels = 'instance="beijing",job="detour_sync"';
    const complete = await world.sync(args, 'ORIGIN/a:1');
    expect(complete).toMatchObject({ code: 0, stderr: '' });
    const before = sampleOf(await pushed(), `${lastComplete}{${labels}}`);
    expect(Date.now() / 1000 - before).toBeLessThan(60);
    expect((await world.sync(args, 'ORIGIN/none:1')).code).toBe(1);
    const text = await pushed();
    expect(sampleOf(text, `${lastComplete}{${labels}}`)).toBe(before);
    expect(sampleOf(text, `detour_sync_images{${labels},state="failed"}`)).toBe(1);
    expect(sampleOf(text, `detour_sync_exit_code{${labels}}`)).toBe(1);
  });

  test('without a group, the job is detour_sync', async () => {
    await world.sync(['--list', '-', '--push-gateway', url], 'ORIGIN/a:1');
    const series = 'detour_sync_images{instance="",job="detour_sync",state="copied"}';
    expect(sampleOf(await pushed(), series)).toBe(1);
  });
});

test('a gateway that fails is a warning, and the exit code stays', async () => {
  const server = await startServer(async () => ({
    status: 400,
    body: 'no \u001b[31mthanks',
  }));
  const args = ['--list', '-', '--push-gateway', server.url];
  const refused = await world.sync(args, 'ORIGIN/a:1');
  expect(refused.code).toBe(0);
  expect(refused.stderr).toBe(
    `detour: warning: the metrics are not at ${server.url}/metrics/job/detour_sync: it answered 400: no [31mthanks\n`,
  );
  await server.close();
  const gone = await world.sync(args, 'ORIGIN/a:1');
  expect(gone.code).toBe(0);
  expect(gone.stderr).toMatch(/warning: the metrics are not at .*ECONNREFUSED/);
});

test.each([
  ['--push-gateway takes a URL', 'gateway:9091', {}],
  ['take the login out of the URL', 'https://alice:secret@gateway', {}],
  ['is sent over https:// only', 'http://gateway:9091', { DETOUR_PUSH_GATEWAY_USER: 'alice' }],
])('%s', async (message, url, env) => {
  const args = ['--list', '-', '--push-gateway', url];
  const { code, stderr } = await world.sync(args, 'ORIGIN/a:1', env);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('secret');
});

test.each(['docs/sync.md', 'docs/sync.zh-CN.md'])(
  'the alert of %s fires after 26 hours',
  (guide) => {
    const [, rules = ''] = /```yaml\n(groups:.*?)```/s.exec(readFileSync(guide, 'utf8')) ?? [];
    writeFileSync(join(world.folder, 'rules.yaml'), rules);
    const alerts = (hours: number, exp_alerts: readonly object[]) => ({
      interval: '30m',
      // The time of the last complete run is that of the start: 0.
      input_series: [{ series: lastComplete, values: '0x80' }],
      alert_rule_test: [{ eval_time: `${hours}h`, alertname: 'DetourSyncNotComplete', exp_alerts }],
    });
    const annotations = { summary: 'detour sync has not completed for 26 hours' };
    const fired = { exp_labels: { severity: 'warning' }, exp_annotations: annotations };
    const tests = { rule_files: ['rules.yaml'], tests: [alerts(25, []), alerts(27, [fired])] };
    const file = join(world.folder, 'test.yaml');
    writeFileSync(file, JSON.stringify(tests));
    const run = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    expect(run.stdout + run.stderr).toContain('SUCCESS');
  },
);
