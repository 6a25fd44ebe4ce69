import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import {
  buildWebhookConfiguration,
  type WebhookConfigurationOptions,
} from '../../src/admission/webhook-configuration.ts';
import { defaultRulesText } from '../../src/rules/default.ts';
import type { SelectorRequirement } from '../../src/workload/opt-out.ts';
import {
  chart,
  named,
  one,
  type Rendered,
  render,
  renderTest,
  root,
  run,
  template,
  tool,
} from './rig/chart.ts';
import { variants } from './rig/variants.ts';

const described = {
  name: 'zz-detour',
  labels: { team: 'platform' },
  annotations: { 'admissions.enforcer/disabled': 'true' },
};
const inTest: SelectorRequirement = { key: 'env', operator: 'In', values: ['test'] };
const noBatch: SelectorRequirement = { key: 'batch', operator: 'DoesNotExist' };

const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

describe('the chart is in step with', () => {
  test('the version of the package', () => {
    const { version, appVersion } = parse(read('deploy/chart/Chart.yaml'));
    expect([version, appVersion]).toEqual([packageJson.version, packageJson.version]);
  });

  test('the default rules', () => {
    const { data } = named(render(), 'ConfigMap', 'image-detour-rules');
    expect(data['detour.yaml']).toBe(defaultRulesText);
  });

  test.each<[string, object, Partial<WebhookConfigurationOptions>]>([
    ['', {}, {}],
    ['with other metadata', described, described],
    ['with kube-system', { includeKubeSystem: true }, { excludedNamespaces: ['image-detour'] }],
    [
      'with kube-system and Fail',
      { includeKubeSystem: true, failurePolicy: 'Fail', excludedNamespaces: ['harbor'] },
      { excludedNamespaces: ['image-detour', 'harbor'], failurePolicy: 'Fail' },
    ],
    [
      'with more expressions',
      {
        namespaceSelector: { matchExpressions: [inTest] },
        objectSelector: { matchExpressions: [noBatch] },
      },
      { namespaceSelector: [inTest], objectSelector: [noBatch] },
    ],
  ])('what detour webhook prints %s', (_, webhook, options) => {
    const { metadata, webhooks } = one(render({ webhook }), 'MutatingWebhookConfiguration');
    const service = { namespace: 'image-detour', name: 'image-detour', port: 443, path: '/mutate' };
    const printed = buildWebhookConfiguration({
      name: 'image-detour',
      address: { service },
      caBundle: undefined,
      kubernetes: 36,
      failurePolicy: 'Ignore',
      timeoutSeconds: 3,
      excludedNamespaces: ['kube-system', 'image-detour'],
      ...options,
    }) as Rendered;
    // The replicas raise it from there.
    expect(webhooks).toEqual(
      printed.webhooks.map((one: object) => ({ ...one, failurePolicy: 'Ignore' })),
    );
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
    ['a namespace with a dot', { webhook: { excludedNamespaces: ['a.b'] } }, /excludedN/],
    ['a name that is none', { webhook: { name: 'Detour' } }, /webhook.name/],
    ['a name with an empty part', { webhook: { name: 'a..b' } }, /webhook.name/],
    ['a name that is too long for a Service', { fullnameOverride: 'a'.repeat(64) }, /fullnameO/],
    ['a name that YAML takes for a boolean', { fullnameOverride: 'true' }, /fullnameO/],
    ['a test in a namespace that is none', { test: { namespace: '' } }, /test.namespace/],
    [
      'a label that the chart sets',
      { webhook: { labels: { 'app.kubernetes.io/name': 'x' } } },
      /app.kubernetes.io.name/,
    ],
    [
      'the wish for Fail as an annotation, which would include kube-system',
      {
        webhook: {
          includeKubeSystem: true,
          annotations: { 'image-detour/failure-policy': 'Fail' },
        },
      },
      /image-detour.failure-policy/,
    ],
    [
      'an operator that is none',
      { webhook: { objectSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } } },
      /operator/,
    ],
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
  const ofTest = renderTest(values);

  test('each object has the recommended labels', () => {
    for (const { metadata } of [...objects, ...ofTest]) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/name': 'image-detour',
        'app.kubernetes.io/instance': 'image-detour',
        'app.kubernetes.io/component': expect.stringMatching(/^(webhook|test|check|sync)$/),
        'app.kubernetes.io/version': packageJson.version,
        'app.kubernetes.io/part-of': 'image-detour',
        'app.kubernetes.io/managed-by': 'Helm',
        'helm.sh/chart': `image-detour-${packageJson.version}`,
      });
    }
  });

  test('the selectors find the webhook, of any version, and not the Pods of hooks', () => {
    const { selector } = one(objects, 'Deployment').spec;
    expect(Object.keys(selector.matchLabels)).not.toContain('app.kubernetes.io/version');
    expect(one(objects, 'Service').spec.selector).toEqual(selector.matchLabels);
    expect(one(ofTest, 'Pod').metadata.labels).not.toMatchObject(selector.matchLabels);
    const check = named(objects, 'Pod', 'image-detour-rules-check');
    expect(check.metadata.labels).not.toMatchObject(selector.matchLabels);
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

test('a release in kube-system leaves its own namespace out, even if kube-system is included', () => {
  const values = { webhook: { includeKubeSystem: true, failurePolicy: 'Fail' } };
  const objects = render(values, { namespace: 'kube-system' });
  const { webhooks } = one(objects, 'MutatingWebhookConfiguration');
  expect(webhooks).toHaveLength(1);
  expect(webhooks[0].namespaceSelector.matchExpressions[0].values).toEqual(['kube-system']);
});

test('the webhook keeps the caBundle of its registration, and may, whatever that is called', () => {
  const objects = render({ webhook: { name: 'zz-detour' } });
  const [container] = one(objects, 'Deployment').spec.template.spec.containers;
  expect(container.args).toContain('--webhook-configuration=zz-detour');
  expect(one(objects, 'ClusterRole').rules[0].resourceNames).toEqual(['zz-detour']);
  const [{ expression }] = one(objects, 'ValidatingAdmissionPolicy').spec.validations;
  expect(expression).toContain("request.name == 'zz-detour'");
});

test('two releases share no object', () => {
  const names = (name: string) =>
    [render, renderTest]
      .flatMap((objectsOf) => objectsOf({}, { name, namespace: 'shared' }))
      .map((o) => `${o.kind}/${o.metadata.name}`);
  const first = new Set(names('a'));
  expect(names('b').filter((name) => first.has(name))).toEqual([]);
});

test('NOTES say nothing of a registration that somebody else keeps', () => {
  const notes = (...args: readonly string[]) =>
    run('helm', [
      ...['install', 'image-detour', chart, '--namespace', 'image-detour', '--dry-run=client'],
      ...['--set', 'webhook.failurePolicy=Fail', ...args],
    ]).stdout.replace(/^.*^NOTES:/ms, '');
  const ofRegistration = [/delete mutatingwebhookconfiguration/, /begins with Ignore/];
  for (const line of ofRegistration) {
    expect(notes()).toMatch(line);
    expect(notes('--set', 'webhook.create=false')).not.toMatch(line);
  }
});
