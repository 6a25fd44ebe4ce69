import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { certificatesIn, readPem } from '../../certificate/read-pem.ts';
import type { FollowContext } from './context.ts';
import { followFiles } from './files.ts';
import type { FollowedRegistration } from './registration.ts';

/** CertificatePair is a serving certificate with its chain, and its private key, both in PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  readonly notAfter: Date;
}

/** CertificateFiles are the files of a pair. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads and checks a pair.
 *
 * @throws Error if a file cannot be read or is not valid PEM, or if the key does not match the
 *   certificate
 */
export async function readCertificate(files: CertificateFiles): Promise<CertificatePair> {
  const [cert, key] = await Promise.all([readPem(files.cert), readPem(files.key)]);
  const [leaf] = certificatesIn(cert, files.cert);
  // A pair does not match while it is being written. OpenSSL itself accepts an empty key, and a key
  // of another kind, and then refuses every handshake.
  if (!leaf.checkPrivateKey(readKey(key, files.key))) {
    throw new Error(`the key in ${files.key} does not match the certificate in ${files.cert}`);
  }
  createSecureContext({ cert, key });
  return { cert, key, notAfter: new Date(leaf.validTo) };
}

/** Returns when the first certificate of a PEM text expires. */
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

/** FollowedCertificate is the certificate to serve first, and what stops the search for others. */
interface FollowedCertificate {
  readonly first: CertificatePair;
  /** Returns the time by the clock that decides when a certificate expires. The default is this machine's. */
  readonly now?: () => number;
  stop(): void;
}

/** CertificateContext has the registration, if it is followed, for a source that maintains its CA. */
interface CertificateContext extends FollowContext {
  readonly registration: Pick<FollowedRegistration, 'onChange' | 'watched'> | undefined;
}

/**
 * CertificateSource resolves with the first certificate as soon as there is one, and passes later
 * ones to `use`.
 */
export type CertificateSource = (
  context: CertificateContext,
  use: (pair: CertificatePair) => void,
) => Promise<FollowedCertificate>;

/** Returns the source of a certificate that never changes. */
export function fixedCertificate(pair: CertificatePair): CertificateSource {
  return async () => ({ first: pair, stop: () => undefined });
}

/**
 * Returns the source of a certificate in two files, which begins with `first`. If a new pair is
 * broken, the old one stays.
 */
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
