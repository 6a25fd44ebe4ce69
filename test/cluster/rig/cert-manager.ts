import type { Certificate } from '../../rig/certificate.ts';
import { issueFor } from './brought-certificate.ts';
import type { Cluster } from './cluster.ts';
import type { Product } from './product.ts';

/** Lists the kinds of cert-manager that the chart or the runbook names. */
const kinds = ['Certificate', 'CertificateRequest', 'Issuer'] as const;

/**
 * CertManager stands in for cert-manager: it knows its kinds, and does what cert-manager and its
 * injector do, each when it is called.
 */
export class CertManager {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Returns when objects of its kinds are accepted. */
  async install(): Promise<void> {
    await this.#cluster.apply(...kinds.map(definitionOf));
    for (const kind of kinds)
      await this.#cluster.wait(`crd/${nameOf(kind)}`, 'condition=Established');
  }

  async uninstall(): Promise<void> {
    await this.#cluster.kubectl(['delete', 'crd', ...kinds.map(nameOf)]);
  }

  /** Issues the certificate of a product, which is its own CA, into the Secret of that product. */
  async issue({ name, namespace }: Product): Promise<Certificate> {
    const certificate = issueFor(this.#cluster, `${name}.${namespace}.svc`);
    const { cert, key } = certificate;
    await this.#cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${name}-tls`, namespace },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': cert },
    });
    return certificate;
  }

  /** Writes the CA into the registration, as the injector does. */
  async inject({ name }: Product, { cert }: Certificate): Promise<void> {
    const value = Buffer.from(cert).toString('base64');
    const patch = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value }];
    const what = ['mutatingwebhookconfiguration', name, '--type=json'];
    await this.#cluster.kubectl(['patch', ...what, '--patch', JSON.stringify(patch)]);
  }
}

function nameOf(kind: (typeof kinds)[number]): string {
  return `${kind.toLowerCase()}s.cert-manager.io`;
}

/** Returns a definition that accepts any object of the kind. */
function definitionOf(kind: (typeof kinds)[number]): object {
  const singular = kind.toLowerCase();
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: nameOf(kind) },
    spec: {
      group: 'cert-manager.io',
      scope: 'Namespaced',
      names: { kind, singular, plural: `${singular}s` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}
