import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { writeScratch } from '../rig/files.ts';
import { runDetour } from '../support/run-detour.ts';
import { Alerts } from './rig/alerts.ts';
import { all, one, type Rendered, render, root, template } from './rig/chart.ts';

/* The chart's CronJob that fills the mirror, and its alerts. */

const isSync = ({ metadata }: Rendered) => 'image-detour/sync' in (metadata.labels ?? {});

test('nothing of it is there by default', () => {
  expect(render().filter(isSync)).toEqual([]);
  expect(readFileSync(join(root, 'deploy/install.yaml'), 'utf8')).not.toContain('CronJob');
});

test('its Pods are as detour sync --print-job prints them', async () => {
  const rules = writeScratch(
    'detour.yaml',
    'version: 1\nrules: [{from: docker.io, to: m.example}]\n',
  );
  const list = writeScratch('images.txt', 'nginx:1\n');
  const args = ['--shards', '3', '--schedule', '17 3 * * *', '--registry-secret', 'logins'];
  const more = [
    '--name',
    'image-detour-sync',
    '--list',
    list,
    '--push-gateway',
    'http://push:9091',
  ];
  const command = ['--rules', rules, 'sync', '--print-job', ...args, ...more];
  const { stdout } = await runDetour(command);
  const printed = parseAllDocuments(stdout).map((one) => one.toJS());
  const specOf = (objects: readonly Rendered[]) => one(objects, 'CronJob').spec;
  const rendered = specOf(
    render({
      sync: {
        ...{ enabled: true, shards: 3, registrySecret: 'logins', pushGateway: 'http://push:9091' },
        lists: { 'images.txt': 'nginx:1\n' },
      },
    }),
  );
  const expected = specOf(printed as Rendered[]);
  for (const spec of [rendered, expected]) {
    const pod = spec.jobTemplate.spec.template.spec;
    // They differ in where files come from, and in labels that the chart gives all its objects.
    pod.volumes = pod.volumes.map(({ name }: { name: string }) => name);
    pod.topologySpreadConstraints = pod.topologySpreadConstraints.length;
    pod.containers[0].args = pod.containers[0].args.map((arg: string) =>
      arg.replace('/lists/0/', '/'),
    );
    for (const { metadata } of [spec.jobTemplate, spec.jobTemplate.spec.template])
      metadata.labels = metadata.labels['image-detour/sync'];
    delete pod.nodeSelector;
    delete pod.containers[0].imagePullPolicy;
  }
  expect(sortedArgs(rendered)).toEqual(sortedArgs(expected));
});

// biome-ignore lint/suspicious/noExplicitAny: the spec of a CronJob, of which a part is read
function sortedArgs(spec: any) {
  const [container] = spec.jobTemplate.spec.template.spec.containers;
  container.args = container.args.toSorted();
  return spec;
}

test('its account has no rights and no token, and the webhook does not share it', () => {
  const objects = render({ sync: { enabled: true } });
  const accounts = all(objects, 'ServiceAccount').filter(isSync);
  expect(accounts).toMatchObject([{ automountServiceAccountToken: false }]);
  const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding'));
  expect(JSON.stringify(bindings)).not.toContain('image-detour-sync');
});

test.each([
  [{ schedule: 'daily' }, /schedule/],
  [{ shards: 0 }, /shards/],
  [{ lists: { 'detour.yaml': 'nginx' } }, /detour.yaml/],
  [{ pushGateway: 'push:9091' }, /pushGateway/],
  [{ rules: {} }, /rules/],
])('%j is refused', (sync, message) => {
  const { status, stderr } = template({ sync: { enabled: true, ...sync } });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(message);
});

describe('alerts', () => {
  let alerts: Alerts;
  beforeAll(() => {
    alerts = new Alerts();
  });
  afterAll(() => alerts.close());

  const cronJob = 'namespace="image-detour", cronjob="image-detour-sync"';
  const created = { [`kube_cronjob_created{${cronJob}}`]: '0x5000' };
  const success = (values: string) => ({
    [`kube_cronjob_status_last_successful_time{${cronJob}}`]: values,
  });
  const job = (name: string, start: number, isFailed: boolean) => {
    const labels = `namespace="image-detour", job_name="image-detour-sync-${name}"`;
    return {
      [`kube_job_status_start_time{${labels}}`]: `_x${start / 30} ${start}x5000`,
      ...(isFailed && {
        [`kube_job_failed{${labels}, condition="true"}`]: `_x${start / 30 + 10} 1x5000`,
      }),
    };
  };
  const failing = (minutes: number, series: Record<string, string>) =>
    alerts.isFiring('DetourSyncFailed', minutes, { ...created, ...series });

  test('DetourSyncFailed fires if the last run has failed, and ends with the next complete one', () => {
    expect(failing(12, job('1', 300, true))).toBe(false);
    expect(failing(20, job('1', 300, true))).toBe(true);
    expect(failing(20, { ...success('_x8 250x5000'), ...job('1', 300, true) })).toBe(true);
    const repaired = success('_x60 1800x5000');
    expect(failing(60, { ...repaired, ...job('1', 300, true), ...job('2', 1500, false) })).toBe(
      false,
    );
    expect(failing(60, { ...repaired, ...job('1', 300, true), ...job('2', 2400, true) })).toBe(
      true,
    );
  });

  test('DetourSyncFailed stays silent while a run is active, and about Jobs of others', () => {
    expect(failing(60, job('1', 300, false))).toBe(false);
    const other = Object.fromEntries(
      Object.entries(job('1', 300, true)).map(([name, values]) => [
        name.replace('image-detour-sync-', 'backup-'),
        values,
      ]),
    );
    expect(failing(60, other)).toBe(false);
  });

  const late = (hours: number, series: Record<string, string>, labels?: object) =>
    alerts.isFiring('DetourSyncNotComplete', hours * 60, series, labels);

  test('DetourSyncNotComplete fires if no run was complete for 26 hours', () => {
    expect(late(26, created)).toBe(false);
    expect(late(27, created)).toBe(true);
    const recent = { ...created, ...success('0x120 3600x5000') };
    expect(late(27, recent)).toBe(false);
    expect(late(28, recent)).toBe(true);
  });

  test('DetourSyncNotComplete fires if the CronJob is gone, not if nothing is known', () => {
    const others = { 'kube_deployment_status_replicas_available{namespace="a"}': '1x5000' };
    const gone = { namespace: 'image-detour', cronjob: 'image-detour-sync' };
    expect(late(1, others, gone)).toBe(true);
    expect(late(1, {})).toBe(false);
    expect(late(1, { ...created, ...others })).toBe(false);
  });
});
