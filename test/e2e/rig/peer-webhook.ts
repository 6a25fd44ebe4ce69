import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueAuthority, issueCertificate } from '../../rig/certificate.ts';
import { scratchFolder } from '../../rig/files.ts';
import { type ApiError, type Kubernetes, webhooksPath } from '../../rig/kubernetes.ts';
import { type Pod, podWith } from '../../rig/kubernetes-object.ts';
import { until } from '../../rig/process.ts';
import type { Webhook, WebhookConfiguration } from '../../rig/registration.ts';

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly object: Pod };
}

/** PeerWebhook is another project's mutating webhook. */
export interface PeerWebhook {
  /** The name of its configuration: the API server calls webhooks in the order of these names. */
  readonly name: string;
  /** Returns the JSON Patch for a new Pod; empty if nothing is to change. */
  patch(pod: Pod): readonly object[];
  /** What its registration has instead of what is usual. */
  readonly registration?: Partial<Webhook>;
}

/** Starts another project's webhook, and gives what ends that. Returns when it is called. */
export async function startPeerWebhook(
  kubernetes: Kubernetes,
  peer: PeerWebhook,
): Promise<() => Promise<void>> {
  const tls = scratchFolder(peer.name);
  const authority = issueAuthority(tls, `${peer.name}-ca`);
  const { cert, key } = issueCertificate(tls, peer.name, authority);
  let calls = 0;
  const server = createServer({ cert, key }, async (incoming, answer) => {
    calls += 1;
    const review = JSON.parse(await bodyOf(incoming)) as Review;
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(answerOf(review, peer)));
  });
  const isCalled = async () => {
    const before = calls;
    await kubernetes.createPod('default', podWith('probe:1'), { dryRun: true });
    return calls > before;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await kubernetes.create(webhooksPath, configurationFor(peer, server, authority.cert));
  await until(`${peer.name} is called`, isCalled);
  return async () => {
    // A test may have deleted it.
    await kubernetes.delete(`${webhooksPath}/${peer.name}`).catch((error: ApiError) => {
      if (error.status !== 404) throw error;
    });
    await until(`${peer.name} is no longer called`, async () => !(await isCalled()));
    server.close();
    server.closeAllConnections();
  };
}

function answerOf({ apiVersion, kind, request }: Review, peer: PeerWebhook): object {
  const { uid, object } = request;
  const patch = peer.patch(object);
  const patched = { patchType: 'JSONPatch', patch: btoa(JSON.stringify(patch)) };
  return { apiVersion, kind, response: { uid, allowed: true, ...(patch.length > 0 && patched) } };
}

function configurationFor(peer: PeerWebhook, server: Server, ca: string): WebhookConfiguration {
  const { name, registration } = peer;
  const { port } = server.address() as AddressInfo;
  const resources = ['pods'];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: btoa(ca) },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources }],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        ...registration,
      },
    ],
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
