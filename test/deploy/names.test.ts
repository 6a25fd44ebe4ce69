import { beforeAll, describe, expect, inject, test } from 'vitest';
import { writeScratch } from '../rig/files.ts';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { all, chart, one, render, renderTest, run, template } from './rig/chart.ts';
import { createNamespaces } from './rig/chart-namespaces.ts';
import { variants } from './rig/variants.ts';

const kubernetes = new Kubernetes(inject('apiServer'));

beforeAll(async () => {
  await createNamespaces(kubernetes);
  kubectl(['create', 'namespace', '12345']);
});

const list = { apiVersion: 'v1', kind: 'List' };
/** Helm allows 53 characters. */
const longest = `a${'b'.repeat(51)}c`;
const ofService = (name: string, values: object = {}) =>
  one(render(values, { name }), 'Service').metadata.name;

test.each([
  ['image-detour', 'image-detour'],
  ['mirror', 'mirror-image-detour'],
  ['team.mirror', 'team-mirror-image-detour'],
  ['image-detour.v2', 'image-detour-v2'],
  [longest, `${longest}-image-det`],
])('a release %s has a Service %s', (release, name) => {
  expect(ofService(release)).toBe(name);
});

test('a release that begins with a digit is refused, unless it has another name', () => {
  const { status, stderr } = template({}, { name: '1st' });
  expect([status, stderr]).toEqual([1, expect.stringContaining('set fullnameOverride')]);
  expect(ofService('1st', { fullnameOverride: 'first' })).toBe('first');
});

describe.each(Object.entries(variants).filter(([, values]) => !('monitoring' in values)))(
  'with %s',
  (_, values) => {
    test.each([
      [longest, 'image-detour'],
      ['a.release.with.dots', 'image-detour'],
      ['123.true', '12345'],
    ])('the API server accepts every object of %s in %s', (name, namespace) => {
      const override = name.startsWith('1') ? { fullnameOverride: 'd'.repeat(63) } : {};
      const ofTest = renderTest({ ...values, ...override }, { name, namespace });
      const objects = render({ ...values, ...override }, { name, namespace });
      // Without them the API server refuses the Pods of hooks.
      const accounts = all([...ofTest, ...objects], 'ServiceAccount');
      kubectl(['apply', '-f', '-'], JSON.stringify({ ...list, items: accounts }));
      // cert-manager's kinds are not known here.
      const items = [...objects, ...ofTest].filter(({ apiVersion }) => !/^cert-m/.test(apiVersion));
      const file = writeScratch('names.json', JSON.stringify({ ...list, items }));
      kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', file]);
    });
  },
);

describe('helm install into default', () => {
  const { kubeconfig } = inject('apiServer');
  const install = (...args: readonly string[]) =>
    run('helm', [
      ...['install', 'in-default', chart, '--dry-run=server', '--kubeconfig', kubeconfig],
      ...args,
    ]);

  test('is refused, because Pods there would not be rewritten', () => {
    const { status, stderr } = install();
    expect(status).toBe(1);
    expect(stderr).toContain('add --namespace image-detour --create-namespace');
  });

  test('is possible with a value; NOTES say that Pods there are not rewritten', () => {
    const { status, stdout } = install('--set', 'allowDefaultNamespace=true');
    expect(status).toBe(0);
    expect(stdout).toContain('Pods in default are not rewritten');
  });

  test('is possible if somebody else registers the webhook', () => {
    expect(install('--set', 'webhook.create=false').status).toBe(0);
  });

  test('helm template needs no namespace', () => {
    expect(run('helm', ['template', 'image-detour', chart]).status).toBe(0);
  });
});
