import { join } from 'node:path';
import { startBundled } from '../../cluster/rig/bundled-program.ts';
import { clusterPod } from '../../cluster/rig/cluster-objects.ts';
import { spellings } from '../../e2e/rig/normalizer.ts';
import { issueSelfSigned } from '../../rig/certificate.ts';
import { imageOf, type Pod } from '../../rig/kubernetes-object.ts';
import { until } from '../../rig/process.ts';
import type { Scene } from '../scene.ts';

/** NeighborOptions is the argument of the neighbour's program: plain data, as JSON. */
export interface NeighborOptions {
  /** One of the spellings of test/e2e/rig/normalizer.ts. */
  readonly spelling: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
}

const port = 9_443;
/** Nothing but the neighbour changes it: no rule is for it. */
const unknownImage = 'nowhere.example/x';

/** Does something while a webhook of that name spells images, in every namespace but the product's. */
export async function withNormalizer(
  scene: Scene,
  { name, spelling }: { readonly name: string; readonly spelling: string },
  action: () => Promise<void>,
): Promise<void> {
  const { cluster, folder } = scene;
  const { cert, certFile, keyFile } = issueSelfSigned(folder, 'localhost');
  const argument: NeighborOptions = { spelling, port, certFile, keyFile };
  const entry = join(import.meta.dirname, 'serve.ts');
  const neighbor = await startBundled(cluster, { name, entry, argument });
  const seen = async () => imageOf(await cluster.admit<Pod>(clusterPod('spelled', unknownImage)));
  try {
    const listens = ['bash', '-c', `</dev/tcp/127.0.0.1/${port}`];
    await until('it listens', () =>
      cluster.inside(listens).then(
        () => true,
        () => false,
      ),
    );
    await cluster.apply(configurationOf(scene, name, cert));
    const spelled = spellings[spelling]?.(unknownImage);
    await until('it is asked', async () => (await seen()) === spelled);
    await action();
  } finally {
    await cluster.kubectl(['delete', `mutatingwebhookconfiguration/${name}`, '--ignore-not-found']);
    await until('it is asked no more', async () => (await seen()) === unknownImage);
    await neighbor.stop();
  }
}

function configurationOf({ product }: Scene, name: string, cert: string): object {
  const resources = ['pods', 'pods/ephemeralcontainers'];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig: {
          url: `https://localhost:${port}/`,
          caBundle: Buffer.from(cert).toString('base64'),
        },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources },
        ],
        namespaceSelector: {
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: [product.namespace, 'kube-system'],
            },
          ],
        },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
      },
    ],
  };
}
