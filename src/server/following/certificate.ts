import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { certificatesIn, readPem } from '../../certificate/read-pem.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { FollowContext } from './context.ts';
import { followFiles } from './files.ts';

/** A serving certificate with its chain, and its private key; both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  readonly notAfter: Date;
}

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads and checks a pair.
 *
 * @throws Error where a file cannot be read, is no PEM, or the key is not the certificate's
 */
export async function readCertificate(files: CertificateFiles): Promise<CertificatePair> {
  const [cert, key] = await Promise.all([readPem(files.cert), readPem(files.key)]);
  const [leaf] = certificatesIn(cert, files.cert);
  // What a pair looks like while it is written. OpenSSL itself takes an empty key, and one of another kind, and then
  // refuses every handshake.
  if (!leaf.checkPrivateKey(readKey(key, files.key))) {
    throw new Error(`the key in ${files.key} does not match the certificate in ${files.cert}`);
  }
  createSecureContext({ cert, key });
  return { cert, key, notAfter: new Date(leaf.validTo) };
}

/** When the first certificate of a PEM text expires. */
export function expiryOf(certificate: string): Date {
  return new Date(new X509Certificate(certificate).validTo);
}

function readKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error(`${file} is not a PEM private key`);
  }
}

/** The certificate that is served first, and what stops looking for others. */
interface FollowedCertificate {
  readonly first: CertificatePair;
  stop(): void;
}

/** What a source of certificates works with. One that reads the registration also compares it with the rules. */
interface CertificateContext extends FollowContext {
  readonly rules: () => RuleSet;
}

/** CertificateSource is where certificates come from: the first, when there is one, and later ones for `use`. */
export type CertificateSource = (
  context: CertificateContext,
  use: (pair: CertificatePair) => void,
) => Promise<FollowedCertificate>;

/** Returns the source of a certificate that stays. */
export function fixedCertificate(pair: CertificatePair): CertificateSource {
  return async () => ({ first: pair, stop: () => undefined });
}

/** Returns the source that follows two files, beginning with `first`. A broken new pair leaves the old one. */
export function followedCertificate(
  files: CertificateFiles,
  first: CertificatePair,
): CertificateSource {
  return async ({ metrics, logger, interval }, use) => {
    let current = first;
    const stop = followFiles({
      files: [files.cert, files.key],
      interval,
      read: () => readCertificate(files),
      use(pair) {
        if (pair.cert === current.cert && pair.key === current.key) return;
        use(pair);
        current = pair;
      },
      failed(reason) {
        metrics.certificateReloads.add('failure');
        // The reason names the file or is OpenSSL's; it never repeats what the files hold.
        logger.error(
          { file: files.cert, reason },
          'the new certificate is broken; the old one stays',
        );
      },
    });
    return { first, stop };
  };
}
