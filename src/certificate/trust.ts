import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/**
 * Reports whether a client that trusts only these roots accepts a certificate at a time, in
 * milliseconds since 1970. The first of `served` is the certificate, the others are its chain.
 */
export function isTrusted(
  served: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: number,
): boolean {
  const [leaf, ...chain] = served;
  if (leaf === undefined || !isValid(leaf, now) || !isForServers(leaf)) return false;
  const trusted = new Set(roots.map(({ fingerprint256 }) => fingerprint256));
  const issuers = bySubject([...roots, ...chain].filter((one) => isValid(one, now)));
  // Every certificate is looked at once, so chains that lead in circles end.
  const reached = new Set([leaf.fingerprint256]);
  const waiting = [leaf];
  for (const certificate of waiting) {
    if (trusted.has(certificate.fingerprint256)) return true;
    for (const issuer of issuers.get(certificate.issuer) ?? []) {
      if (reached.has(issuer.fingerprint256) || !isSignedBy(certificate, issuer)) continue;
      reached.add(issuer.fingerprint256);
      waiting.push(issuer);
    }
  }
  return false;
}

/**
 * Reports whether a certificate is for a host name or an address. As API servers do, it looks only
 * at subjectAltName, never at the common name, and a wildcard stands for a whole label.
 */
export function isFor(certificate: X509Certificate, name: string): boolean {
  const found =
    isIP(name) === 0
      ? certificate.checkHost(name, { subject: 'never', partialWildcards: false })
      : certificate.checkIP(name);
  return found !== undefined;
}

/** Reports whether a certificate's extended key usage, if it has one, allows TLS servers. */
function isForServers({ keyUsage }: X509Certificate): boolean {
  // Node.js names the extended one keyUsage, which is undefined if there is none.
  return keyUsage === undefined || keyUsage.some((usage) => serverUsages.has(usage));
}

/** The object identifiers of serverAuth and anyExtendedKeyUsage. */
const serverUsages: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']);

/** Reports whether a CA has signed a certificate. */
export function isSignedBy(certificate: X509Certificate, ca: X509Certificate): boolean {
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

/** Reports whether a certificate is valid at a time, in milliseconds since 1970. */
export function isValid(certificate: X509Certificate, now: number): boolean {
  return startOf(certificate) <= now && now < endOf(certificate);
}

/** Returns since when a certificate is valid, in milliseconds since 1970. */
export function startOf({ validFrom }: X509Certificate): number {
  return Date.parse(validFrom);
}

/** Returns when a certificate expires, in milliseconds since 1970. */
export function endOf({ validTo }: X509Certificate): number {
  return Date.parse(validTo);
}

/** Reads the certificates of a PEM text. It leaves out those that cannot be read. */
export function readBundle(bundle: string): X509Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => readCertificate(block) ?? []);
}

/** Reads the first certificate of a PEM text; undefined if it cannot be read. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function bySubject(certificates: readonly X509Certificate[]): Map<string, X509Certificate[]> {
  const found = new Map<string, X509Certificate[]>();
  for (const one of certificates) {
    const sameName = found.get(one.subject);
    if (sameName === undefined) found.set(one.subject, [one]);
    else sameName.push(one);
  }
  return found;
}
