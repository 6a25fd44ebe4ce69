import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { defaultMirror, imageOf, type Pod } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { bringCertificate } from './rig/brought-certificate.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';
import { Product } from './rig/product.ts';

const cluster = new Cluster(inject('cluster'));
const { mirror, origin, programs, productImage } = cluster.address;
const coredns = 'k8s.gcr.io/coredns:1.3.1';
const mirrored = `${defaultMirror}/gcr/google_containers/coredns:1.3.1`;

beforeAll(async () => {
  const standIn = { files: { '/coredns': join(programs, 'pause') }, command: ['/coredns'] };
  await cluster.pushFiles(`${mirror}/gcr/google_containers/coredns:1.3.1`, standIn);
  await cluster.pushFiles(`${origin}/coredns:1.3.1`, standIn);
});

describe('helm install', () => {
  const product = new Product(cluster, 'installed');
  beforeAll(async () => {
    await product.install();
    return () => product.uninstall();
  });

  test('a Pod runs an image that the node got from the mirror', async () => {
    const asked = [cluster.requestsFromNow('mirror'), cluster.requestsFromNow('origin')] as const;
    expect(await runningImage(coredns)).toBe(mirrored);
    const [atMirror, atOrigin] = asked.map((requests) => requests().map(({ path }) => path));
    expect(atMirror).toContain(
      `/v2/gcr/google_containers/coredns/manifests/1.3.1?ns=${defaultMirror}`,
    );
    expect(atOrigin).toEqual([]);
  });

  test('with direct.to/, a Pod runs an image that the node got from the origin', async () => {
    const asked = [cluster.requestsFromNow('mirror'), cluster.requestsFromNow('origin')] as const;
    expect(await runningImage(`direct.to/${coredns}`)).toBe(coredns);
    const [atMirror, atOrigin] = asked.map((requests) => requests().map(({ path }) => path));
    expect(atOrigin).toContain('/v2/coredns/manifests/1.3.1?ns=k8s.gcr.io');
    expect(atMirror).toEqual([]);
  });

  test('helm test passes', async () => {
    expect(await product.helm('test', product.name)).toMatch(/^Phase:\s+Succeeded$/m);
  });

  test('its Pods are ready after less than two seconds of processor time', async () => {
    await product.restart();
    for (const pod of await product.readyPods(2)) {
      const seconds = await cluster.processorTimeOf(await product.processOf(pod));
      console.log(`ready after ${seconds} s of processor time`);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(2);
    }
  });

  test('each replica takes less than 80 MB when idle', async () => {
    const pods = await product.readyPods(2);
    await sleep(15_000);
    for (const pod of pods) {
      const pid = await product.processOf(pod);
      const status = await cluster.inside(['cat', `/proc/${pid}/status`]);
      const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
      console.log(`idle RSS: ${(kilobytes * 1024e-6).toFixed(1)} MB`);
      expect(kilobytes * 1024).toBeLessThan(80e6);
    }
  });

  test('each tells its metrics', async () => {
    for (const pod of await product.readyPods(2)) {
      expect(await product.metric(pod, 'detour_rules_valid')).toBe(1);
    }
  });

  test('it may change one Secret, one ConfigMap and one webhook configuration, watch its rules, and nothing else', async () => {
    const configuration = `mutatingwebhookconfigurations.admissionregistration.k8s.io [${product.name}] [get list watch update]`;
    expect(await mayDo(product)).toEqual([
      `configmaps [${product.name}-last-good-rules] [get update]`,
      `configmaps [${product.name}-rules] [get list watch]`,
      configuration,
      `namespaces [${product.namespace}] [get]`,
      `secrets [${product.name}-certificate] [get update]`,
    ]);
    expect(await mayDo(product, 'kube-system')).toEqual([configuration]);
  });

  test('the API server finds no mistake in the policy that limits the account', async () => {
    const policy = `validatingadmissionpolicy/${product.name}-account`;
    const { status } = await until('its expressions are checked', async () => {
      const found = await cluster.get<Policy>(policy);
      return found.status?.observedGeneration !== undefined && found;
    });
    expect(status?.typeChecking?.expressionWarnings ?? []).toEqual([]);
  });
});

interface Policy {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly typeChecking?: { readonly expressionWarnings?: readonly object[] };
  };
}

describe('helm install with an existing certificate', () => {
  const place = { namespace: 'brought', name: 'image-detour' };
  let product: Product;
  beforeAll(async () => {
    await cluster.createNamespace(place.namespace, 'restricted');
    product = new Product(cluster, place.namespace, await bringCertificate(cluster, place));
    await product.install();
    return () => product.uninstall();
  });

  test('helm test passes', async () => {
    expect(await product.helm('test', product.name)).toMatch(/^Phase:\s+Succeeded$/m);
  });

  test('it may look at its webhook configuration, keep a copy of its rules, and nothing else', async () => {
    const configuration = `mutatingwebhookconfigurations.admissionregistration.k8s.io [${product.name}] [get list watch]`;
    expect(await mayDo(product)).toEqual([
      `configmaps [${product.name}-last-good-rules] [get update]`,
      `configmaps [${product.name}-rules] [get list watch]`,
      configuration,
    ]);
  });

  test('registered elsewhere, no token is mounted and no role is bound', async () => {
    await product.upgrade({ webhook: { create: false } });
    for (const pod of await product.readyPods(2)) {
      const mounts = await cluster.inside(['cat', `/proc/${await product.processOf(pod)}/mounts`]);
      expect(mounts).toContain(' /etc/image-detour/rules ');
      expect(mounts).not.toContain('/run/secrets');
    }
    const bindings = ['get', 'rolebindings,clusterrolebindings', '--all-namespaces'];
    const subjects = '--output=jsonpath={.items[*].subjects[*].namespace}';
    expect(await cluster.kubectl([...bindings, subjects])).not.toContain(place.namespace);
  });
});

describe('kubectl apply -f deploy/install.yaml', () => {
  const manifest = join(import.meta.dirname, '../../deploy/install.yaml');
  const input = readFileSync(manifest, 'utf8').replace(
    /^( +image: )image-detour:\S+$/m,
    `$1${productImage}`,
  );
  beforeAll(async () => {
    await cluster.kubectl(['delete', 'namespace', 'image-detour', '--ignore-not-found']);
    await cluster.kubectl(['apply', '-f', '-'], { input });
    await cluster.wait('deployment/image-detour', 'condition=Available', '-n', 'image-detour');
  });
  afterAll(() => cluster.kubectl(['delete', '--ignore-not-found', '-f', '-'], { input }));

  test('a Pod is rewritten, also after applying the file again', async () => {
    const probe = clusterPod('probe', coredns);
    await until(
      'the webhook is asked',
      async () => imageOf(await cluster.admit(probe)) === mirrored,
    );
    const generations = await generationsOf(input);
    await cluster.kubectl(['apply', '-f', '-'], { input });
    expect(await generationsOf(input)).toEqual(generations);
    expect(imageOf(await cluster.admit(probe))).toBe(mirrored);
  });

  test('deleting its objects leaves nothing behind', async () => {
    await cluster.kubectl(['delete', '-f', '-'], { input });
    expect(await cluster.isThere('namespace/image-detour')).toBe(false);
    expect(await cluster.isThere('mutatingwebhookconfiguration/image-detour')).toBe(false);
    expect(imageOf(await cluster.admit(clusterPod('probe', coredns)))).toBe(coredns);
  });
});

/** What the account of a product may do in a namespace, without what everybody may. */
async function mayDo(product: Product, namespace = product.namespace): Promise<string[]> {
  const list = ['auth', 'can-i', '--list', '--no-headers', '--namespace', namespace];
  const [granted = [], anybody = []] = await Promise.all(
    [`${product.namespace}:${product.name}`, 'default:nobody-in-particular'].map(async (who) => {
      const lines = await cluster.kubectl([...list, `--as=system:serviceaccount:${who}`]);
      // In columns, the third of which is for paths.
      return lines.split('\n').map((line) => line.replace(/\s+(\[\]\s+)?/g, ' ').trim());
    }),
  );
  return granted.filter((line) => !anybody.includes(line)).toSorted();
}

/** Each changes when what the object wants does. */
function generationsOf(input: string): Promise<string> {
  const columns = 'custom-columns=KIND:.kind,NAME:.metadata.name,GENERATION:.metadata.generation';
  return cluster.kubectl(['get', '-f', '-', '--output', columns], { input });
}

/** Runs a Pod, and gives the image that it runs. */
async function runningImage(image: string): Promise<string | undefined> {
  const name = image === coredns ? 'mirrored-by-chart' : 'direct-by-chart';
  // Else the node has it from another test.
  await removeImages();
  await cluster.apply(clusterPod(name, image));
  await cluster.wait(`pod/${name}`, 'condition=Ready');
  const pod = await cluster.get<Pod>(`pod/${name}`);
  await cluster.kubectl(['delete', `pod/${name}`, '--now']);
  return imageOf(pod);
}

async function removeImages(): Promise<void> {
  await cluster.kubectl(['delete', 'pods', '--all', '--now', '--namespace', 'default']);
  await cluster.inside([
    'ctr',
    '--namespace',
    'k8s.io',
    'images',
    'remove',
    '--sync',
    coredns,
    mirrored,
  ]);
}
