import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { podWith } from '../../rig/kubernetes-object.ts';
import { reviewBody } from '../../support/admission-review.ts';

/** Reviewed is what the webhook answered, and which certificate it showed. */
export interface Reviewed {
  /** The image that the patch puts in place of the one asked about. */
  readonly image: string | undefined;
  /** The fingerprint of the certificate that the webhook showed. */
  readonly certificate: string;
}

/**
 * Asks the webhook itself, over a TLS connection of its own: no pool can hide a bad certificate.
 */
export function reviewOnFreshConnection(url: string, ca: string, image: string): Promise<Reviewed> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      agent: false,
      ca,
      headers: { 'content-type': 'application/json' },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const certificate = (incoming.socket as TLSSocket).getPeerCertificate().fingerprint256;
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.once('error', reject);
      incoming.once('end', () => {
        if (incoming.statusCode === 200) resolve({ image: patchedImage(text), certificate });
        else reject(new Error(`the webhook answered ${incoming.statusCode}: ${text}`));
      });
    });
    outgoing.end(reviewOf(image));
  });
}

function reviewOf(image: string): string {
  return reviewBody({
    uid: randomUUID(),
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: 'test' },
    object: podWith(image),
    oldObject: null,
    dryRun: true,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  });
}

interface Operation {
  readonly path: string;
  readonly value?: string;
}

function patchedImage(text: string): string | undefined {
  const { response } = JSON.parse(text) as { response: { patch?: string } };
  const patch = Buffer.from(response.patch ?? btoa('[]'), 'base64').toString();
  const operations = JSON.parse(patch) as readonly Operation[];
  return operations.find(({ path }) => path === '/spec/containers/0/image')?.value;
}
