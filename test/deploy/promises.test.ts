import { describe, expect, test } from 'vitest';
import { all, one, type Rendered, render } from './rig/chart.ts';
import { variants } from './rig/variants.ts';

const podOf = (objects: readonly Rendered[]) => one(objects, 'Deployment').spec.template.spec;

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

const rulesOf = (objects: readonly Rendered[]) =>
  [...all(objects, 'Role'), ...all(objects, 'ClusterRole')].flatMap(({ kind, rules }) =>
    rules.map((rule: object) => ({ kind, ...rule })),
  );

const ofCertificate = {
  kind: 'Role',
  apiGroups: [''],
  resources: ['secrets'],
  resourceNames: ['image-detour-certificate'],
  verbs: ['get', 'update'],
};
const ofConfiguration = {
  kind: 'ClusterRole',
  apiGroups: ['admissionregistration.k8s.io'],
  resources: ['mutatingwebhookconfigurations'],
  resourceNames: ['image-detour'],
  verbs: ['get', 'update'],
};

const ofNamespaceRules = {
  kind: 'ClusterRole',
  apiGroups: [''],
  resources: ['configmaps'],
  verbs: ['get', 'list', 'watch'],
};

describe('what it may do', () => {
  test('with its own certificate: get and update one Secret and one configuration', () => {
    expect(rulesOf(render())).toEqual([ofCertificate, ofConfiguration]);
  });

  test.each([
    'a brought certificate',
    'a certificate of cert-manager, by a CA of the chart',
    'a certificate of cert-manager, by an issuer',
  ])('with %s: nothing, and no token is mounted', (variant) => {
    const objects = render(variants[variant]);
    const kinds = objects.map(({ kind }) => kind);
    expect(podOf(objects).automountServiceAccountToken).toBe(false);
    expect(one(objects, 'ServiceAccount').automountServiceAccountToken).toBe(false);
    expect(kinds.filter((kind) => /Role|AdmissionPolicy/.test(kind))).toEqual([]);
    expect(one(objects, 'NetworkPolicy').spec.egress).toEqual([]);
  });

  test.each<[string, object, object[]]>([
    [
      'events: create them here, and get the ConfigMap that they are about',
      { events: true },
      [
        { kind: 'Role', apiGroups: [''], resources: ['events'], verbs: ['create'] },
        {
          kind: 'Role',
          apiGroups: [''],
          resources: ['configmaps'],
          verbs: ['get'],
          resourceNames: ['image-detour-rules'],
        },
      ],
    ],
    [
      'both: create events where the ConfigMaps are',
      { events: true, namespaceRules: true },
      [
        { kind: 'Role', apiGroups: [''], resources: ['events'], verbs: ['create'] },
        {
          kind: 'Role',
          apiGroups: [''],
          resources: ['configmaps'],
          verbs: ['get'],
          resourceNames: ['image-detour-rules'],
        },
        ofNamespaceRules,
        { kind: 'ClusterRole', apiGroups: [''], resources: ['events'], verbs: ['create'] },
      ],
    ],
    [
      'rules of namespaces: get, list and watch ConfigMaps',
      { namespaceRules: true },
      [ofNamespaceRules],
    ],
    [
      'an ECR Secret: get and update it there',
      { ecrPullSecret: { name: 'ecr', namespaces: ['team-a'] } },
      [{ ...ofCertificate, resourceNames: ['ecr'] }],
    ],
  ])('with %s, and no more', (_, option, rules) => {
    const objects = render({ certificate: { mode: 'existing', secretName: 'tls' }, ...option });
    expect(rulesOf(objects)).toEqual(rules);
    expect(podOf(objects).automountServiceAccountToken).toBe(true);
  });

  test('every role is bound to its own account only', () => {
    const objects = render(variants['all options']);
    const bindings = [...all(objects, 'RoleBinding'), ...all(objects, 'ClusterRoleBinding')];
    const roles = [...all(objects, 'Role'), ...all(objects, 'ClusterRole')];
    const account = { kind: 'ServiceAccount', name: 'image-detour', namespace: 'image-detour' };
    expect(bindings.map(({ subjects }) => subjects)).toEqual(roles.map(() => [account]));
    expect(bindings.map(({ roleRef }) => roleRef.name)).toEqual(
      roles.map(({ metadata }) => metadata.name),
    );
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

describe('the policy that limits its account', () => {
  const kinds = (values: object, version: string) =>
    render(values, { args: ['--kube-version', version] })
      .map(({ kind }) => kind)
      .filter((kind) => /AdmissionPolicy/.test(kind));
  const both = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];

  test('is there from Kubernetes 1.30 on, unless a value says no', () => {
    expect(kinds({}, '1.29.9')).toEqual([]);
    for (const version of ['1.30.0', 'v1.30.0-eks-abc', '1.36'])
      expect(kinds({}, version)).toEqual(both);
    expect(kinds({ serviceAccount: { admissionPolicy: false } }, '1.36')).toEqual([]);
  });

  test('is there only if the account has the right', () => {
    expect(kinds({ webhook: { create: false } }, '1.36')).toEqual([]);
    expect(kinds({ certificate: { mode: 'certManager' } }, '1.36')).toEqual([]);
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

  test('reviews: the peers that are named, and the Pod of helm test', () => {
    const apiServer = { ipBlock: { cidr: '10.0.0.11/32' } };
    const [webhook] = ingressOf({ webhookFrom: [apiServer] });
    const [first, test, ...more] = webhook.from;
    expect([first, more]).toEqual([apiServer, []]);
    const { labels } = one(render(), 'Pod').metadata;
    expect(labels).toMatchObject(test.podSelector.matchLabels);
    expect(test.podSelector.matchLabels).toMatchObject({ 'app.kubernetes.io/component': 'test' });
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
