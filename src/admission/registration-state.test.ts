import { describe, expect, test } from 'vitest';
import {
  awaitsFail,
  failurePolicyOf,
  findRegistrationProblem,
  type Presented,
  withFail,
} from './registration-state.ts';
import {
  buildWebhookConfiguration,
  failurePolicyAnnotation,
  type WebhookConfigurationOptions,
} from './webhook-configuration.ts';

const service = { namespace: 'ns', name: 'detour', port: 443, path: '/mutate' };

interface Registration {
  readonly webhooks: readonly { readonly name: string; readonly failurePolicy: string }[];
}

function registration(more: Partial<WebhookConfigurationOptions> = {}): Registration {
  return buildWebhookConfiguration({
    name: 'image-detour',
    address: { service },
    caBundle: 'ours',
    kubernetes: 36,
    failurePolicy: 'Ignore',
    timeoutSeconds: 3,
    excludedNamespaces: ['kube-system'],
    ...more,
  }) as Registration;
}

const presented: Presented = {
  paths: ['/mutate', '/'],
  isFor: (host) => ['detour.ns.svc', '10.0.0.1', '2001:db8::1'].includes(host),
  isTrustedBy: (caBundle) => atob(caBundle) === 'ours',
};
const codeOf = (configuration: object | undefined) =>
  findRegistrationProblem(configuration, presented)?.code;
const edited = (edit: object, more = {}) => {
  const now = registration(more);
  return { ...now, webhooks: now.webhooks.map((one) => ({ ...one, ...edit })) };
};
const at = (address: WebhookConfigurationOptions['address']) => codeOf(registration({ address }));

describe('a registration is in force', () => {
  test('as the chart and detour webhook write it', () => {
    expect(codeOf(registration())).toBeUndefined();
    const two = registration({ failurePolicy: 'Fail', excludedNamespaces: [] });
    expect(two.webhooks).toHaveLength(2);
    expect(codeOf(two)).toBeUndefined();
  });

  test('by a URL, too', () => {
    expect(at({ url: 'https://10.0.0.1:8443/mutate' })).toBeUndefined();
    expect(at({ url: 'https://[2001:db8::1]/' })).toBeUndefined();
    expect(at({ url: 'https://10.0.0.2/mutate' })).toBe('address');
    expect(at({ url: 'nonsense' })).toBe('address');
  });
});

describe('it is not in force', () => {
  test.each<[string, object | undefined]>([
    ['missing', undefined],
    ['no-webhook', {}],
    ['no-webhook', { webhooks: [] }],
    ['no-webhook', edited({ name: 'other.example' })],
    ['no-webhook', edited({ name: 'kube-system.image-detour.io' })],
    ['rules', edited({ rules: undefined })],
    [
      'rules',
      edited({ rules: [{ apiGroups: [''], operations: ['UPDATE'], resources: ['pods'] }] }),
    ],
    ['address', registration({ address: { service: { ...service, name: 'other' } } })],
    ['address', registration({ address: { service: { ...service, path: '/x' } } })],
    ['address', edited({ clientConfig: undefined })],
    ['ca-bundle', registration({ caBundle: undefined })],
    ['ca-bundle', registration({ caBundle: 'theirs' })],
  ])('%s: %o', (code, configuration) => {
    expect(codeOf(configuration)).toBe(code);
  });

  test('if only one of two webhooks is', () => {
    const { webhooks } = registration({ failurePolicy: 'Fail', excludedNamespaces: [] });
    const [first, second] = webhooks;
    expect(codeOf({ webhooks: [first, { ...second, rules: [] }] })).toBe('rules');
  });

  test('and the problem says where', () => {
    const problem = findRegistrationProblem(registration({ caBundle: 'theirs' }), presented);
    expect(problem?.message).toContain('pods.image-detour.io');
  });
});

describe('Fail is awaited', () => {
  const annotations = { [failurePolicyAnnotation]: 'Fail' };

  test('if the annotation asks for it and the policy is Ignore', () => {
    expect(awaitsFail(registration({ annotations }))).toBe(true);
    expect(awaitsFail(registration({ annotations, failurePolicy: 'Fail' }))).toBe(false);
    expect(awaitsFail(registration())).toBe(false);
    expect(awaitsFail(registration({ annotations: { [failurePolicyAnnotation]: 'Ignore' } }))).toBe(
      false,
    );
  });

  test('for the first webhook; that of kube-system keeps Ignore', () => {
    const two = registration({ annotations, failurePolicy: 'Fail', excludedNamespaces: [] });
    const harmless = {
      ...two,
      webhooks: two.webhooks.map((one) => ({ ...one, failurePolicy: 'Ignore' })),
    };
    expect(withFail(harmless)).toEqual(two);
    expect(failurePolicyOf(withFail(harmless))).toBe('Fail');
  });
});
