import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, issueSelfSigned } from '../../rig/certificate.ts';
import type { Cluster } from './cluster.ts';
import type { Values } from './product.ts';

/** Issues a certificate that is its own CA. */
export function issueFor(cluster: Cluster, host: string): Certificate {
  return issueSelfSigned(mkdtempSync(join(cluster.address.folder, 'certificate-')), host);
}

/**
 * Puts a certificate for the Service into a Secret, and gives the values with which the chart uses
 * it.
 */
export async function bringCertificate(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<Values> {
  const { cert, key } = issueFor(cluster, `${name}.${namespace}.svc`);
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'brought', namespace },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': cert, 'tls.key': key },
  });
  return { certificate: { mode: 'existing', secretName: 'brought', caBundle: cert } };
}
