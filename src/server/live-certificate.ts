import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import type { RuleSet } from '../rules/rule-set.ts';
import { followFiles } from './follow-files.ts';
import type { Metrics } from './metrics.ts';
import { certificatesIn, readPem } from './read-pem.ts';

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

/** What a server tells where it follows something. */
export interface FollowContext {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How often it is looked at, in milliseconds. */
  readonly interval: number;
}

/** The certificate that is served first, and what stops looking for others. */
interface LiveCertificate {
  readonly first: CertificatePair;
  stop(): void;
}

/** What a source of certificates has to do with: who keeps the CA in a registration also sees what that opens. */
interface CertificateContext extends FollowContext {
  readonly rules: () => RuleSet;
}

/** Where certificates come from: the first, when there is one, and later others for `use`. */
export type CertificateSource = (
  context: CertificateContext,
  use: (pair: CertificatePair) => void,
) => Promise<LiveCertificate>;

/** One that stays. */
export function fixedCertificate(pair: CertificatePair): CertificateSource {
  return async () => ({ first: pair, stop: () => undefined });
}

/** Those of two files as they change, beginning with `first`. A broken new pair leaves the old one. */
export function certificateOfFiles(
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
