import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { buildWebhookConfiguration } from '../../src/admission/webhook-configuration.ts';
import { defaultRulesText } from '../../src/rules/default.ts';
import { all, chart, one, type Rendered, render, root, run, template, tool } from './rig/chart.ts';
import { variants } from './rig/variants.ts';

const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

describe('the chart is in step with', () => {
  test('the version of the package', () => {
    const { version, appVersion } = parse(read('deploy/chart/Chart.yaml'));
    expect([version, appVersion]).toEqual([packageJson.version, packageJson.version]);
  });

  test('the default rules', () => {
    expect(one(render(), 'ConfigMap').data['detour.yaml']).toBe(defaultRulesText);
  });

  test('what detour webhook prints', () => {
    const { metadata, webhooks } = one(render(), 'MutatingWebhookConfiguration');
    const service = { namespace: 'image-detour', name: 'image-detour', port: 443, path: '/mutate' };
    const printed = buildWebhookConfiguration({
      name: 'image-detour',
      address: { service },
      caBundle: undefined,
      kubernetes: 36,
      failurePolicy: 'Ignore',
      timeoutSeconds: 3,
      excludedNamespaces: ['kube-system', 'image-detour'],
    }) as Rendered;
    expect(webhooks).toEqual(printed.webhooks);
    expect(metadata).toMatchObject(printed.metadata);
  });

  test('install.yaml: node scripts/build-install.js writes it', () => {
    const written = execFileSync(
      process.execPath,
      [join(root, 'scripts/build-install.js'), '--print'],
      {
        env: { ...process.env, HELM: tool('helm') },
        encoding: 'utf8',
      },
    );
    expect(read('deploy/install.yaml')).toBe(written);
  });
});

test.each(Object.entries(variants))('helm lint --strict finds nothing in %s', (_, values) => {
  const { status, stdout } = run(
    'helm',
    ['lint', '--strict', chart, '--values', '-'],
    JSON.stringify(values),
  );
  expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
  expect(status).toBe(0);
});

describe('values that are refused:', () => {
  test.each<[string, object, RegExp]>([
    ['an unknown one', { replica: 3 }, /replica/],
    ['an unknown one further in', { webhook: { failPolicy: 'Fail' } }, /failPolicy/],
    ['a number as text', { replicas: '2' }, /replicas/],
    ['an unknown failure policy', { webhook: { failurePolicy: 'ignore' } }, /failurePolicy/],
    ['a time-out of the API server over 30 s', { webhook: { timeoutSeconds: 31 } }, /timeout/],
    ['an unknown kind of certificate', { certificate: { mode: 'self' } }, /certificate.mode/],
    [
      'a brought certificate without its Secret',
      { certificate: { mode: 'existing' } },
      /secretName/,
    ],
    ['a CA that is no PEM', { certificate: { caBundle: 'LS0t' } }, /caBundle/],
    ['an issuer without its name', { certificate: { issuerRef: { kind: 'Issuer' } } }, /name/],
    ['a digest that is none', { image: { digest: 'sha256:1' } }, /digest/],
    ['an ECR Secret without namespaces', { ecrPullSecret: { name: 'ecr' } }, /namespaces/],
    ['a namespace that is none', { webhook: { excludedNamespaces: ['Team_A'] } }, /excludedN/],
    ['a port beyond all', { ports: { webhook: 70000 } }, /ports.webhook/],
    ['a peer that is empty', { networkPolicy: { webhookFrom: [{}] } }, /webhookFrom/],
    ['an interval without its unit', { monitoring: { interval: '30' } }, /interval/],
  ])('%s', (_, values, message) => {
    const { status, stderr } = template(values);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});

describe.each(Object.entries(variants))('with %s', (_, values) => {
  const objects = render(values);

  test('each object has the recommended labels', () => {
    for (const { metadata } of objects) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/name': 'image-detour',
        'app.kubernetes.io/instance': 'image-detour',
        'app.kubernetes.io/component': expect.stringMatching(/^(webhook|test)$/),
        'app.kubernetes.io/version': packageJson.version,
        'app.kubernetes.io/managed-by': 'Helm',
      });
    }
  });

  test('the selectors find the webhook, of any version, and not the Pod of helm test', () => {
    const { selector } = one(objects, 'Deployment').spec;
    expect(Object.keys(selector.matchLabels)).not.toContain('app.kubernetes.io/version');
    expect(one(objects, 'Service').spec.selector).toEqual(selector.matchLabels);
    expect(one(objects, 'Pod').metadata.labels).not.toMatchObject(selector.matchLabels);
  });

  test('kube-system and the webhook’s own namespace are excluded', () => {
    const [webhook] = one(objects, 'MutatingWebhookConfiguration').webhooks;
    const { values: excluded } = webhook.namespaceSelector.matchExpressions[0];
    expect(excluded).toEqual(expect.arrayContaining(['kube-system', 'image-detour']));
  });

  test('the rules are mounted as a folder, which changes live', () => {
    const [container] = one(objects, 'Deployment').spec.template.spec.containers;
    for (const mount of container.volumeMounts) expect(mount).not.toHaveProperty('subPath');
  });
});

test('two releases share no object', () => {
  const names = (name: string) =>
    render({}, { name, namespace: 'shared' }).map((o) => `${o.kind}/${o.metadata.name}`);
  const first = new Set(names('a'));
  expect(names('b').filter((name) => first.has(name))).toEqual([]);
});

test('rules may be brought in a ConfigMap', () => {
  const objects = render({ rules: { existingConfigMap: 'mine' }, events: true });
  const { containers, volumes } = one(objects, 'Deployment').spec.template.spec;
  expect(all(objects, 'ConfigMap')).toEqual([]);
  expect(volumes[0].configMap.name).toBe('mine');
  expect(containers[0].args).toContain('--rules-configmap=mine');
});
