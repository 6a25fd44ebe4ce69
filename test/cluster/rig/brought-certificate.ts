import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import type { Values } from './product.ts';

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate that is its own CA. */
export function issueSelfSigned(cluster: Cluster, host: string): Pair {
  const folder = mkdtempSync(join(cluster.address.folder, 'certificate-'));
  const [certificate, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const args = [
    ...['req', '-x509', '-nodes', '-days', '2', '-subj', `/CN=${host}`],
    ...['-addext', `subjectAltName=DNS:${host}`],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-keyout', key, '-out', certificate],
  ];
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** Puts a certificate for the Service into a Secret, and gives the values with which the chart uses it. */
export async function bringCertificate(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<Values> {
  const { certificate, key } = issueSelfSigned(cluster, `${name}.${namespace}.svc`);
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'brought', namespace },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': certificate, 'tls.key': key },
  });
  return { certificate: { mode: 'existing', secretName: 'brought', caBundle: certificate } };
}
