import { describe, expect, test } from 'vitest';
import { all, one, podOf, type Rendered, render } from './rig/chart.ts';

describe('what keeps it up', () => {
  const objects = render();
  const { spec } = one(objects, 'Deployment');
  const pod = podOf(objects);

  test('two replicas, and a rolling restart makes none unavailable', () => {
    expect(spec.replicas).toBeGreaterThanOrEqual(2);
    expect(spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
  });

  test('draining nodes leaves one replica, and a broken replica does not block it', () => {
    expect(one(objects, 'PodDisruptionBudget').spec).toMatchObject({
      minAvailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  test('the replicas are spread over the nodes', () => {
    expect(pod.topologySpreadConstraints).toMatchObject([
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
    ]);
  });

  test('they have priority over most other Pods', () => {
    expect(pod.priorityClassName).toBe('system-cluster-critical');
  });

  test('the API server waits at most 3 s, then admits the Pod as written', () => {
    const [webhook] = one(objects, 'MutatingWebhookConfiguration').webhooks;
    expect(webhook.timeoutSeconds).toBeLessThanOrEqual(3);
    expect(webhook.failurePolicy).toBe('Ignore');
  });

  test('the registration begins with Ignore, and asks for Fail if that is wanted', () => {
    const of = (values: object) => {
      const { metadata, webhooks } = one(render(values), 'MutatingWebhookConfiguration');
      const policies = webhooks.map((each: Rendered) => each.failurePolicy);
      return [metadata.annotations?.['image-detour/failure-policy'], ...policies];
    };
    for (const certificate of [
      {},
      { mode: 'certManager' },
      { mode: 'existing', secretName: 'x' },
    ]) {
      expect(of({ certificate })).toEqual([undefined, 'Ignore']);
      expect(of({ certificate, webhook: { failurePolicy: 'Fail' } })).toEqual(['Fail', 'Ignore']);
    }
    const system = { failurePolicy: 'Fail', includeKubeSystem: true };
    expect(of({ webhook: system })).toEqual(['Fail', 'Ignore', 'Ignore']);
  });

  test('they have 45 s to finish', () => {
    expect(pod.terminationGracePeriodSeconds).toBe(45);
  });

  test('where a port of the node must become free first, one of two stays up', () => {
    const { strategy } = one(render({ hostNetwork: true }), 'Deployment').spec;
    expect(strategy.rollingUpdate).toEqual({ maxUnavailable: 1, maxSurge: 0 });
  });

  test('one replica has no budget, which would hold up the draining of its node', () => {
    expect(all(render({ replicas: 1 }), 'PodDisruptionBudget')).toEqual([]);
  });

  test('with autoscaling nothing else says how many there are', () => {
    const scaled = render({ autoscaling: { enabled: true } });
    expect(one(scaled, 'Deployment').spec).not.toHaveProperty('replicas');
    expect(one(scaled, 'HorizontalPodAutoscaler').spec.minReplicas).toBe(2);
  });
});

describe('the replicas know their registration', () => {
  const argsOf = (values: object): string[] => podOf(render(values)).containers[0].args;

  test('in every mode, if the chart makes it', () => {
    for (const certificate of [
      {},
      { mode: 'certManager' },
      { mode: 'existing', secretName: 'x' },
    ]) {
      expect(argsOf({ certificate })).toContain('--webhook-configuration=image-detour');
      const elsewhere = argsOf({ certificate, webhook: { create: false } });
      expect(elsewhere.filter((arg) => arg.startsWith('--webhook-conf'))).toEqual([]);
    }
  });

  test('and that a public CA needs no caBundle', () => {
    const brought = { mode: 'existing', secretName: 'x' };
    expect(argsOf({ certificate: brought })).toContain('--public-ca');
    const caBundle = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(argsOf({ certificate: { ...brought, caBundle } })).not.toContain('--public-ca');
    for (const mode of ['own', 'certManager'])
      expect(argsOf({ certificate: { mode } })).not.toContain('--public-ca');
  });
});

describe('what the webhook keeps itself, and the chart leaves alone', () => {
  test('the content of its Secret', () => {
    expect(Object.keys(one(render(), 'Secret'))).not.toContain('data');
  });

  test('the caBundle', () => {
    const [webhook] = one(render(), 'MutatingWebhookConfiguration').webhooks;
    expect(webhook.clientConfig).not.toHaveProperty('caBundle');
  });

  test('the caBundle, where cert-manager does', () => {
    const objects = render({ certificate: { mode: 'certManager' } });
    const { metadata, webhooks } = one(objects, 'MutatingWebhookConfiguration');
    expect(metadata.annotations).toEqual({
      'cert-manager.io/inject-ca-from': 'image-detour/image-detour-tls',
    });
    expect(webhooks[0].clientConfig).not.toHaveProperty('caBundle');
  });
});

describe('who may reach it', () => {
  const ingressOf = (networkPolicy: object) =>
    one(render({ networkPolicy }), 'NetworkPolicy').spec.ingress;
  const ofMonitoring = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
  };

  test('metrics: Pods of the namespace monitoring; reviews: anyone, because a chart cannot know the API server’s address', () => {
    expect(ingressOf({})).toEqual([
      { ports: [{ port: 'webhook' }] },
      { ports: [{ port: 'health' }], from: [ofMonitoring] },
    ]);
  });

  test('reviews: the peers that are named', () => {
    const apiServer = { ipBlock: { cidr: '10.0.0.11/32' } };
    expect(ingressOf({ webhookFrom: [apiServer] })[0].from).toEqual([apiServer]);
  });

  test('metrics: nobody but the node, if nobody is named', () => {
    expect(ingressOf({ metricsFrom: [] })).toEqual([{ ports: [{ port: 'webhook' }] }]);
  });
});

describe('the label by which a Pod avoids the webhook', () => {
  const selectorOf = (values: object) =>
    one(render(values), 'MutatingWebhookConfiguration').webhooks[0].objectSelector;
  const rules = (exits: unknown) => ({ content: { version: 1, exits, rules: [] } });
  const asText = (exits: unknown) => ({ content: JSON.stringify(rules(exits).content) });
  const label = {
    matchExpressions: [{ key: 'image-detour', operator: 'NotIn', values: ['disabled'] }],
  };

  test.each([rules, asText])('is left out if the rules close its exit (%o)', (content) => {
    for (const exits of ['none', [], ['bypass', 'owners']])
      expect(selectorOf({ rules: content(exits) })).toBeUndefined();
    for (const exits of ['all', ['label'], ['bypass', 'label']])
      expect(selectorOf({ rules: content(exits) })).toEqual(label);
  });

  test('is left out if a value says so, as for rules that the chart does not see', () => {
    const existing = { ...rules('none'), existingConfigMap: 'mine' };
    expect(selectorOf({ rules: existing })).toEqual(label);
    expect(selectorOf({ rules: existing, webhook: { optOutLabel: false } })).toBeUndefined();
  });

  test('does not take a selector of yours with it', () => {
    const matchExpressions = [{ key: 'batch', operator: 'DoesNotExist' }];
    const webhook = { optOutLabel: false, objectSelector: { matchExpressions } };
    expect(selectorOf({ webhook })).toEqual({ matchExpressions });
  });
});
