import { describe, expect, test } from 'vitest';
import {
  buildWebhookConfiguration,
  type WebhookConfigurationOptions,
} from './webhook-configuration.ts';

const options: WebhookConfigurationOptions = {
  name: 'image-detour',
  address: { url: 'https://detour.example/mutate' },
  caBundle: undefined,
  kubernetes: 36,
  failurePolicy: 'Ignore',
  timeoutSeconds: 3,
  excludedNamespaces: ['kube-system', 'image-detour'],
};

interface Configuration {
  readonly apiVersion: string;
  readonly webhooks: readonly [Record<string, unknown>];
}

function build(more: Partial<WebhookConfigurationOptions> = {}) {
  const { apiVersion, webhooks } = buildWebhookConfiguration({
    ...options,
    ...more,
  }) as Configuration;
  return { apiVersion, webhook: webhooks[0] };
}

test('the newest form has all that keeps a cluster safe', () => {
  expect(build()).toMatchObject({
    apiVersion: 'admissionregistration.k8s.io/v1',
    webhook: {
      failurePolicy: 'Ignore',
      sideEffects: 'None',
      matchPolicy: 'Equivalent',
      reinvocationPolicy: 'IfNeeded',
      timeoutSeconds: 3,
      admissionReviewVersions: ['v1', 'v1beta1'],
      rules: [
        {
          operations: ['CREATE', 'UPDATE'],
          resources: ['pods', 'pods/ephemeralcontainers'],
          scope: 'Namespaced',
        },
      ],
    },
  });
});

/** What each part's first version is, by the Kubernetes API's own history. */
describe.each([
  ['sideEffects', 12],
  ['timeoutSeconds', 14],
  ['admissionReviewVersions', 14],
  ['matchPolicy', 15],
  ['reinvocationPolicy', 15],
  ['objectSelector', 15],
  ['matchConditions', 28],
] as const)('%s', (part, since) => {
  test(`is there from 1.${since} on`, () => {
    expect(build({ kubernetes: since }).webhook).toHaveProperty(part);
    expect(build({ kubernetes: since - 1 }).webhook).not.toHaveProperty(part);
  });
});

test.each([
  ['scope', 14],
  ['pods/ephemeralcontainers', 22],
])('the rules have %s from 1.%i on', (part, since) => {
  expect(JSON.stringify(build({ kubernetes: since }).webhook.rules)).toContain(part);
  expect(JSON.stringify(build({ kubernetes: since - 1 }).webhook.rules)).not.toContain(part);
});

test.each([
  [9, 'v1beta1'],
  [15, 'v1beta1'],
  [16, 'v1'],
  [36, 'v1'],
])('1.%i has %s', (kubernetes, version) => {
  expect(build({ kubernetes }).apiVersion).toBe(`admissionregistration.k8s.io/${version}`);
});

test('v1beta1 is asked in v1beta1 only', () => {
  expect(build({ kubernetes: 15 }).webhook.admissionReviewVersions).toEqual(['v1beta1']);
});

test('the oldest form', () => {
  expect(buildWebhookConfiguration({ ...options, kubernetes: 9 })).toMatchSnapshot();
});

test('without the opt-out label a Pod has none, and a namespace still has', () => {
  const { webhook } = build({ optOutLabel: false });
  expect(webhook).not.toHaveProperty('objectSelector');
  expect(webhook.namespaceSelector).toEqual(build().webhook.namespaceSelector);
  expect(JSON.stringify(webhook.namespaceSelector)).toContain('"key":"image-detour"');
});

test('a Service, with its port where that is known', () => {
  const address = { service: { namespace: 'n', name: 's', port: 8443, path: '/mutate' } };
  expect(build({ address }).webhook.clientConfig).toEqual(address);
  expect(build({ address, kubernetes: 14 }).webhook.clientConfig).toEqual({
    service: { namespace: 'n', name: 's', path: '/mutate' },
  });
});

test('the CA goes in as base64', () => {
  expect(build({ caBundle: 'PEM' }).webhook.clientConfig).toMatchObject({ caBundle: 'UEVN' });
});
