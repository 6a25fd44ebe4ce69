import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { defaultMirror, imageOf, type Metadata, type Pod } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { image, mirrored } from './load/disturb.ts';
import { Cluster } from './rig/cluster.ts';
import { Product } from './rig/product.ts';

/** What broke clusters of others whose webhooks rewrite images. */

const cluster = new Cluster(inject('cluster'));
const product = new Product(cluster, 'in-the-field', {
  rules: {
    content: {
      version: 1,
      annotate: true,
      skip: { labels: { 'database.example/cluster': '*' } },
      rules: [{ from: 'k8s.gcr.io', to: `${defaultMirror}/gcr/google_containers` }],
    },
  },
});

beforeAll(async () => {
  await product.install();
  return () => product.uninstall();
});

describe('an operator that recreates its Pod if the Pod has a different image', () => {
  const seconds = Number(process.env.CLUSTER_OPERATOR_SECONDS ?? 20);
  const optedOut = { 'image-detour': 'disabled' };
  const pods: Record<string, Metadata> = {
    'no opt-out': { namespace: 'operated' },
    'a label on the Pod': { namespace: 'operated', labels: optedOut },
    'a label on the namespace': { namespace: 'operated-opted-out' },
    'an annotation': {
      namespace: 'operated',
      annotations: { 'image-detour/bypass': 'true' },
    },
    'a label that the rules skip': {
      namespace: 'operated',
      labels: { 'database.example/cluster': 'main' },
    },
  };
  let recreations: Record<string, number>;

  beforeAll(
    async () => {
      await cluster.createNamespace('operated', 'privileged');
      await cluster.createNamespace('operated-opted-out', 'privileged');
      await cluster.kubectl(['label', 'namespace', 'operated-opted-out', 'image-detour=disabled']);
      recreations = await operate(pods, seconds);
      return () => cluster.kubectl(['delete', 'namespace', 'operated', 'operated-opted-out']);
    },
    120_000 + seconds * 1_000,
  );

  test('recreates it again and again if nothing is opted out', () => {
    console.log(`Pods recreated in ${seconds} s: ${JSON.stringify(recreations)}`);
    expect(recreations['no opt-out']).toBeGreaterThan(1);
  });

  test.each(Object.keys(pods).slice(1))('never recreates it with %s', (how) => {
    expect(recreations[how]).toBe(0);
  });
});

describe('the template of a Deployment and of a StatefulSet', () => {
  const namespace = 'applied';
  beforeAll(async () => {
    await cluster.createNamespace(namespace, 'privileged');
    return () => cluster.kubectl(['delete', 'namespace', namespace]);
  });

  test('stays as applied, 10 times out of 10, while the Pods are rewritten', async () => {
    const input = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [workload('Deployment', namespace), workload('StatefulSet', namespace)],
    });
    for (let count = 0; count < 10; count++) {
      await cluster.kubectl(['apply', '-f', '-'], { input });
      // It ends with 1 where something differs.
      expect(await cluster.kubectl(['diff', '-f', '-'], { input })).toBe('');
    }
    const images = await until('their Pods are there', async () => {
      const { items } = await cluster.get<{ items: Pod[] }>('pods', '--namespace', namespace);
      return items.length === 2 && items.map(imageOf);
    });
    expect(images).toEqual([mirrored, mirrored]);
  });

  test('differs where it was changed, so that the test above could have failed', async () => {
    const input = JSON.stringify(workload('Deployment', namespace, 'k8s.gcr.io/pause:3.2'));
    await expect(cluster.kubectl(['diff', '-f', '-'], { input })).rejects.toThrow(/pause:3\.2/);
  });
});

describe("a policy that demands the mirror's host", () => {
  const namespace = 'mirror-only';
  beforeAll(async () => {
    await cluster.createNamespace(namespace, 'privileged');
    await cluster.apply(...policy(namespace));
    await until('the policy is in force', () => cluster.refuses(pod(`direct.to/${image}`)));
    return async () => {
      const kinds = 'validatingadmissionpolicybindings,validatingadmissionpolicies';
      await cluster.kubectl(['delete', kinds, namespace]);
      await cluster.kubectl(['delete', 'namespace', namespace]);
    };
  });

  test('admits the rewritten Pod, whose annotation lists the original image', async () => {
    const admitted = await cluster.admit(pod(image));
    expect(imageOf(admitted)).toBe(mirrored);
    const annotation = admitted.metadata.annotations?.['image-detour/original-images'];
    expect(annotation).toContain(image);
  });

  test('refuses a Pod that bypasses the mirror', async () => {
    await expect(cluster.admit(pod(`direct.to/${image}`))).rejects.toThrow(
      'images come from the mirror',
    );
  });

  function pod(from: string): Pod {
    return podIn({ namespace, name: 'policed' }, from);
  }
});

/** Runs an operator for each Pod, and gives how often each has made its Pod anew. */
async function operate(
  pods: Readonly<Record<string, Metadata>>,
  seconds: number,
): Promise<Record<string, number>> {
  const wanted = new Map(
    Object.entries(pods).map(([how, metadata], index) => {
      const name = `operated-${index}`;
      return [name, { how, pod: podIn({ ...metadata, name }, image) }];
    }),
  );
  const recreations = Object.fromEntries(Object.keys(pods).map((how) => [how, 0]));
  const deadline = performance.now() + seconds * 1_000;
  await cluster.apply(...[...wanted.values()].map(({ pod }) => pod));
  while (performance.now() < deadline) {
    const { items } = await cluster.get<{ items: Pod[] }>('pods', '--all-namespaces');
    for (const { metadata, spec } of items) {
      const found = wanted.get(metadata.name ?? '');
      if (found === undefined || spec.containers[0]?.image === image) continue;
      const input = JSON.stringify(found.pod);
      await cluster.kubectl(['replace', '--force', '--grace-period=0', '-f', '-'], { input });
      recreations[found.how] = (recreations[found.how] ?? 0) + 1;
    }
    await sleep(500);
  }
  return recreations;
}

/** Wanted by no node: what it says is what matters. */
function podIn(metadata: Metadata, from: string): Pod {
  const spec = {
    containers: [{ name: 'app', image: from }],
    nodeSelector: { nowhere: 'true' },
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}

function workload(kind: 'Deployment' | 'StatefulSet', namespace: string, from = image): object {
  const name = kind.toLowerCase();
  const labels = { app: name };
  const { spec } = podIn({}, from);
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

function policy(namespace: string): object[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: namespace };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          ],
        },
        validations: [
          {
            expression: `object.spec.containers.all(c, c.image.startsWith("${defaultMirror}/"))`,
            message: 'images come from the mirror',
          },
        ],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: namespace, validationActions: ['Deny'] },
    },
  ];
}
