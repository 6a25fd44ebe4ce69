import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueAuthority, issueCertificate } from '../../rig/certificate.ts';
import { scratchFolder } from '../../rig/files.ts';
import { type Kubernetes, webhooksPath } from '../../rig/kubernetes.ts';
import { type Container, type Pod, podWith } from '../../rig/kubernetes-object.ts';
import { until } from '../../rig/process.ts';
import type { WebhookConfiguration } from '../../rig/registration.ts';

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly object: Pod };
}

/**
 * Starts another project's webhook, which adds a container to every Pod that has none of that name.
 * Its configuration's name sorts after image-detour, so the API server asks it later.
 */
export async function startSidecarInjector(
  kubernetes: Kubernetes,
  sidecar: Container,
): Promise<() => Promise<void>> {
  const tls = scratchFolder('injector');
  const authority = issueAuthority(tls, 'injector-ca');
  const { cert, key } = issueCertificate(tls, 'injector', authority);
  const server = createServer({ cert, key }, async (incoming, answer) => {
    const review = JSON.parse(await bodyOf(incoming)) as Review;
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(inject(review, sidecar)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const configuration = configurationFor(server, authority.cert);
  await kubernetes.create(webhooksPath, configuration);
  await until('the sidecar is injected', () => isInjected(kubernetes, sidecar.name));
  return async () => {
    await kubernetes.delete(`${webhooksPath}/${configuration.metadata.name}`);
    await until('nothing is injected', async () => !(await isInjected(kubernetes, sidecar.name)));
    server.close();
    server.closeAllConnections();
  };
}

function inject({ apiVersion, kind, request }: Review, sidecar: Container): object {
  const { uid, object } = request;
  const present = object.spec.containers.some(({ name }) => name === sidecar.name);
  const patch = [{ op: 'add', path: '/spec/containers/-', value: sidecar }];
  const patched = { patchType: 'JSONPatch', patch: btoa(JSON.stringify(patch)) };
  return { apiVersion, kind, response: { uid, allowed: true, ...(present ? {} : patched) } };
}

async function isInjected(kubernetes: Kubernetes, name: string): Promise<boolean> {
  const pod = await kubernetes.createPod('default', podWith('probe:1'), { dryRun: true });
  return pod.spec.containers.some((container) => container.name === name);
}

function configurationFor(server: Server, ca: string): WebhookConfiguration {
  const { port } = server.address() as AddressInfo;
  const resources = ['pods'];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'sidecar-injector' },
    webhooks: [
      {
        name: 'sidecar-injector.example.com',
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: btoa(ca) },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources }],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
      },
    ],
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
