import { beforeAll, describe, expect, inject, test } from 'vitest';
import { buildOnce } from '../rig/build-once.ts';
import { defaultMirror } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';
import { Product } from './rig/product.ts';

/* What `helm test` says of a release, and what it leaves behind. */

const cluster = new Cluster(inject('cluster'));
const product = new Product(cluster, 'tested');
const registration = `mutatingwebhookconfiguration/${product.name}`;
const name = `${product.name}-test`;

beforeAll(async () => {
  // Its time is not a test's.
  buildOnce('test/deploy/build-helm3.sh');
  await product.install();
  return () => product.uninstall();
});

/** Runs `helm test`; gives what it prints, with the log of its Pod. */
async function helmTest(
  helm: 'helm' | 'helm3' = 'helm',
): Promise<{ passed: boolean; text: string }> {
  const place = ['--namespace', product.namespace];
  const args = ['test', product.name, '--logs', '--timeout', '90s', ...place];
  return await cluster[helm](args).then(
    (text) => ({ passed: true, text }),
    ({ message }: Error) => ({ passed: false, text: message }),
  );
}

/** Upgrades to these values for one test, and back. */
async function withValues(values: object): Promise<{ passed: boolean; text: string }> {
  await product.upgrade(values as Record<string, unknown>);
  try {
    return await helmTest();
  } finally {
    await product.upgrade();
  }
}

/** The objects that give the test its rights, as far as they are there. */
async function rights(): Promise<string[]> {
  const kinds = 'serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings';
  const policies = 'validatingadmissionpolicies,validatingadmissionpolicybindings';
  const list = ['get', `${kinds},${policies},networkpolicies`, '--all-namespaces', '-o', 'name'];
  const lines = (await cluster.kubectl(list)).split('\n');
  return lines.filter((line) => line.endsWith(`/${name}`));
}

test.each([
  ['Helm 3', 'helm3'],
  ['Helm 4', 'helm'],
] as const)(
  'by %s passes, says what the image becomes, and leaves no right behind',
  async (_, helm) => {
    const { passed, text } = await helmTest(helm);
    expect(text).toContain(`a Pod in default with busybox gets ${defaultMirror}/dockerhub/busybox`);
    expect(passed).toBe(true);
    expect(await rights()).toEqual([]);
  },
);

const ofTeam = { objectSelector: { matchLabels: { team: 'a' } } };

test('passes with the label by which the webhook selects Pods', async () => {
  const values = { webhook: ofTeam, test: { labels: { team: 'a' } } };
  expect(await withValues(values)).toMatchObject({ passed: true });
});

describe('fails, and says what to do:', () => {
  test('the namespace is excluded', async () => {
    const { passed, text } = await withValues({ test: { namespace: product.namespace } });
    expect([passed, text]).toEqual([
      false,
      expect.stringContaining(`the webhook leaves out the namespace ${product.namespace}`),
    ]);
  });

  test('the webhook looks at Pods with a label only', async () => {
    const { passed, text } = await withValues({ webhook: ofTeam });
    expect([passed, text]).toEqual([false, expect.stringContaining('set test.labels')]);
  });

  test('no rule rewrites the image', async () => {
    const { passed, text } = await withValues({ test: { image: 'nowhere.example/x' } });
    expect([passed, text]).toEqual([false, expect.stringContaining('set test.image to an image')]);
  });

  test('the namespace does not exist', async () => {
    const { passed, text } = await withValues({ test: { namespace: 'not-there' } });
    expect([passed, text]).toEqual([
      false,
      expect.stringContaining('namespaces "not-there" not found'),
    ]);
  });

  test('a policy refuses the Pod', async () => {
    const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'no-pods' } };
    const spec = {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
      },
      validations: [
        { expression: `object.metadata.name != '${name}-dry-run'`, message: 'not on Fridays' },
      ],
    };
    const binding = { policyName: 'no-pods', validationActions: ['Deny'] };
    await cluster.apply({ ...policy, kind: 'ValidatingAdmissionPolicy', spec });
    await cluster.apply({ ...policy, kind: 'ValidatingAdmissionPolicyBinding', spec: binding });
    try {
      const pod = clusterPod(`${name}-dry-run`, 'busybox');
      await until('the policy is in force', () => cluster.refuses(pod));
      const { passed, text } = await helmTest();
      expect([passed, text]).toEqual([
        false,
        expect.stringMatching(/the API server refuses the Pod: .*not on Fridays/),
      ]);
    } finally {
      const kinds = 'validatingadmissionpolicy,validatingadmissionpolicybinding';
      await cluster.kubectl(['delete', kinds, 'no-pods']);
    }
  });

  test.each([
    ['Ignore', 'kubectl get pods --namespace tested shows ready replicas'],
    ['Fail', 'the API server refuses the Pod: Internal error occurred: failed calling webhook'],
  ])('nobody answers, and the failure policy is %s', async (failurePolicy, message) => {
    await product.upgrade({ webhook: { failurePolicy } });
    await product.isAsked();
    await product.hasPolicy(failurePolicy);
    await product.scale(0);
    try {
      const { passed, text } = await helmTest();
      expect([passed, text]).toEqual([false, expect.stringContaining(message)]);
    } finally {
      await product.scale(2);
      await product.upgrade();
      await product.isAsked();
    }
  });

  test('the registration is gone; the rights are gone then too', async () => {
    await cluster.kubectl(['delete', registration]);
    for (const helm of ['helm3', 'helm'] as const) {
      const { passed, text } = await helmTest(helm);
      const message = `there is no MutatingWebhookConfiguration ${product.name}: run helm upgrade`;
      expect([passed, text]).toEqual([false, expect.stringContaining(message)]);
      expect(await rights()).toEqual([]);
    }
    await product.upgrade();
    await product.isAsked();
  });
});
