import { describe, expect, test } from 'vitest';
import { all, one, podOf, type Rendered, render } from './rig/chart.ts';
import { variants } from './rig/variants.ts';

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
  verbs: ['get', 'list', 'watch', 'update'],
};
const ofReading = { ...ofConfiguration, verbs: ['get', 'list', 'watch'] };
const ofNamespace = {
  kind: 'Role',
  apiGroups: [''],
  resources: ['namespaces'],
  resourceNames: ['image-detour'],
  verbs: ['get'],
};
const ofLabel = { ...ofNamespace, verbs: ['get', 'update'] };

const ofRules = {
  kind: 'Role',
  apiGroups: [''],
  resources: ['configmaps'],
  resourceNames: ['image-detour-rules'],
  verbs: ['get', 'list', 'watch'],
};
const ofLastGoodRules = {
  kind: 'Role',
  apiGroups: [''],
  resources: ['configmaps'],
  resourceNames: ['image-detour-last-good-rules'],
  verbs: ['get', 'update'],
};
const ofEvents = {
  kind: 'Role',
  apiGroups: [''],
  resources: ['events'],
  verbs: ['create', 'get', 'update'],
};

const ofNamespaceRules = {
  kind: 'ClusterRole',
  apiGroups: [''],
  resources: ['configmaps'],
  verbs: ['get', 'list', 'watch'],
};

describe('what it may do', () => {
  test('with its own certificate: one Secret, one configuration and a copy of its rules, and look at its namespace', () => {
    const rules = [ofCertificate, ofRules, ofLastGoodRules, ofNamespace, ofConfiguration];
    expect(rulesOf(render())).toEqual(rules);
  });

  const brought = [
    'a brought certificate',
    'a certificate of cert-manager, by a CA of the chart',
    'a certificate of cert-manager, by an issuer',
  ] as const;

  test.each(brought)(
    'with %s: look at its configuration, and keep a copy of its rules',
    (variant) => {
      const objects = render(variants[variant]);
      expect(rulesOf(objects)).toEqual([ofRules, ofLastGoodRules, ofReading]);
      expect(all(objects, 'ValidatingAdmissionPolicy')).toEqual([]);
      for (const account of all(objects, 'ServiceAccount'))
        expect(account.automountServiceAccountToken).toBe(false);
    },
  );

  test.each(brought)('with %s that is registered elsewhere: nothing, and no token', (variant) => {
    const objects = render({ ...variants[variant], webhook: { create: false } });
    const kinds = objects.map(({ kind }) => kind);
    expect(podOf(objects).automountServiceAccountToken).toBe(false);
    expect(kinds.filter((kind) => /Role|AdmissionPolicy/.test(kind))).toEqual([]);
    expect(one(objects, 'NetworkPolicy').spec.egress).toEqual([]);
  });

  test.each(['own', ...brought])(
    'with Fail, in every mode (%s): update the configuration, and label its namespace',
    (variant) => {
      const values = { ...variants[variant], webhook: { failurePolicy: 'Fail' } };
      const withPolicy = render(values, { args: ['--kube-version', '1.36'] });
      expect(rulesOf(withPolicy)).toEqual(expect.arrayContaining([ofLabel, ofConfiguration]));
      const without = render(values, { args: ['--kube-version', '1.29'] });
      expect(rulesOf(without)).toEqual(expect.arrayContaining([ofNamespace, ofConfiguration]));
      expect(rulesOf(without)).not.toContainEqual(ofLabel);
    },
  );

  test.each<[string, object, object[]]>([
    ['events: create them here', { events: true }, [ofRules, ofLastGoodRules, ofEvents]],
    [
      'events, without a copy of the rules',
      { events: true, rules: { keepLastGood: false } },
      [ofRules, ofEvents],
    ],
    [
      'both: create events where the ConfigMaps are',
      { events: true, namespaceRules: true },
      [ofRules, ofLastGoodRules, ofEvents, ofNamespaceRules, { ...ofEvents, kind: 'ClusterRole' }],
    ],
    [
      'rules of namespaces: get, list and watch ConfigMaps',
      { namespaceRules: true },
      [ofRules, ofLastGoodRules, ofNamespaceRules],
    ],
    [
      'an ECR Secret: get and update it there',
      { ecrPullSecret: { name: 'ecr', namespaces: ['team-a'] } },
      [ofRules, ofLastGoodRules, { ...ofCertificate, resourceNames: ['ecr'] }],
    ],
  ])('with %s, and no more', (_, option, rules) => {
    const webhook = { create: false };
    const objects = render({
      certificate: { mode: 'existing', secretName: 'tls' },
      webhook,
      ...option,
    });
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

  test('has another one for the namespace, if the account may label that', () => {
    const fail = { webhook: { failurePolicy: 'Fail' } };
    const names = all(render(fail), 'ValidatingAdmissionPolicy').map((one) => one.metadata.name);
    expect(names.sort()).toEqual(['image-detour-account', 'image-detour-namespace']);
    expect(kinds(fail, '1.29.9')).toEqual([]);
  });

  test('allows the caBundle only where the webhook writes it', () => {
    const webhook = { failurePolicy: 'Fail' };
    const textOf = (values: object) => {
      const policies = all(render({ webhook, ...values }), 'ValidatingAdmissionPolicy');
      return JSON.stringify(
        policies.find(({ metadata }) => metadata.name === 'image-detour-account'),
      );
    };
    expect(textOf({})).toContain("k in ['caBundle']");
    expect(textOf({ certificate: { mode: 'certManager' } })).not.toContain('caBundle');
  });
});
