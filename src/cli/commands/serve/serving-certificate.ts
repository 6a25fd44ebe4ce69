import { hostname, networkInterfaces } from 'node:os';
import { type ClientAuthority, readClientAuthority } from '../../../server/client-authority.ts';
import {
  type CertificateSource,
  expiryOf,
  fixedCertificate,
  followedCertificate,
  readCertificate,
} from '../../../server/following/certificate.ts';
import { readDuration } from '../../input/duration.ts';
import { UsageError } from '../../terminal.ts';

/** CertificateOptions are the options of `detour serve` about certificates. */
export interface CertificateOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsName?: readonly string[];
  readonly clientCa?: string;
  readonly certificateSecret?: string;
  readonly webhookConfiguration?: string;
  readonly certificateLifetime: string;
  readonly caLifetime: string;
  readonly caOverlap: string;
}

/**
 * Replicas read the Secret every 10 seconds; after this time, in milliseconds, every one has seen a
 * new CA.
 */
const minOverlap = 15_000;

/** ChosenCertificate is the serving certificate, and its CA if it was issued at this start. */
export interface ChosenCertificate {
  readonly certificate: CertificateSource;
  /** The CA, in PEM, of a self-signed certificate that was issued at this start. */
  readonly caCertificate: string | undefined;
}

/**
 * Returns the serving certificate: from files, from the Secret that the replicas share, or a new
 * self-signed one.
 */
export async function chooseCertificate(
  options: CertificateOptions,
  env: NodeJS.ProcessEnv,
): Promise<ChosenCertificate> {
  const { tlsCert, tlsKey, certificateSecret } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError(
      '--tls-cert and --tls-key must be used together; without both, a self-signed certificate is issued',
    );
  }
  if (tlsCert !== undefined && certificateSecret !== undefined) {
    throw new UsageError('use only one of --tls-cert and --certificate-secret');
  }
  if (certificateSecret !== undefined)
    return await certificateInSecret(certificateSecret, options, env);
  if (tlsCert !== undefined && tlsKey !== undefined)
    return await loadCertificateFiles(tlsCert, tlsKey);
  return await selfSigned(options);
}

/** Loads the CAs in --client-ca. Only clients with a certificate of one of them are answered. */
export async function loadClientAuthority({
  clientCa,
}: CertificateOptions): Promise<ClientAuthority | undefined> {
  if (clientCa === undefined) return undefined;
  return await readClientAuthority(clientCa).catch((error: Error) => {
    throw new UsageError(`--client-ca cannot be used: ${error.message}`);
  });
}

async function loadCertificateFiles(cert: string, key: string): Promise<ChosenCertificate> {
  const files = { cert, key };
  const pair = await readCertificate(files).catch((error: Error) => {
    throw new UsageError(`the certificate cannot be used: ${error.message}`);
  });
  return { certificate: followedCertificate(files, pair), caCertificate: undefined };
}

async function certificateInSecret(
  secret: string,
  options: CertificateOptions,
  env: NodeJS.ProcessEnv,
): Promise<ChosenCertificate> {
  const { tlsName: names = [], webhookConfiguration: configuration } = options;
  const nonAscii = names.find((name) => !/^[\x21-\x7e]+$/.test(name));
  if (nonAscii !== undefined) {
    throw new UsageError(`--tls-name takes names in ASCII (xn--…), not "${nonAscii}"`);
  }
  if (names.length === 0) {
    throw new UsageError(
      '--certificate-secret needs the names of the certificate: add --tls-name SERVICE.NAMESPACE.svc',
    );
  }
  const lifetimes = {
    serving: readDuration('--certificate-lifetime', options.certificateLifetime),
    authority: readDuration('--ca-lifetime', options.caLifetime),
    overlap: readDuration('--ca-overlap', options.caOverlap),
  };
  // A certificate is renewed in the last third of its lifetime. By then its CA must have been
  // trusted for the overlap.
  const { serving, authority, overlap } = lifetimes;
  if (serving > authority || overlap * 3 > serving || overlap * 6 > authority) {
    throw new UsageError(
      '--ca-lifetime must be at least --certificate-lifetime and at least six times --ca-overlap; --ca-overlap must be at most a third of --certificate-lifetime',
    );
  }
  if (lifetimes.overlap < minOverlap) {
    throw new UsageError('--ca-overlap must be at least 15s: replicas read the Secret every 10 s');
  }
  const { KubernetesApi, inClusterAccess, podNamespace } = await import(
    '../../../kubernetes/api.ts'
  );
  const namespace = await podNamespace().catch((error: Error) => {
    throw new UsageError(`--certificate-secret works only in a Pod: ${error.message}`);
  });
  const { sharedCertificate } = await import('../../../server/following/shared-certificate.ts');
  const api = new KubernetesApi(inClusterAccess(env));
  return {
    certificate: sharedCertificate({ api, namespace, secret, configuration, names, lifetimes }),
    caCertificate: undefined,
  };
}

async function selfSigned({ tlsName = [] }: CertificateOptions): Promise<ChosenCertificate> {
  // Loaded only if it is needed: it is the slowest part of a start.
  const { issueSelfSigned } = await import('../../../certificate/issue.ts');
  const issued = await issueSelfSigned([...localNames(), ...tlsName]);
  const { certificate: cert, privateKey: key, caCertificate } = issued;
  return { certificate: fixedCertificate({ cert, key, notAfter: expiryOf(cert) }), caCertificate };
}

/** Returns the names and addresses by which this machine can be reached. */
function localNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  // A link-local address cannot be used without its interface.
  const reachable = addresses.filter(({ address }) => !address.startsWith('fe80:'));
  return [...new Set(['localhost', hostname(), ...reachable.map(({ address }) => address)])];
}
