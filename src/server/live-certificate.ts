import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { readRegularFileWithin } from '../file/read-within.ts';
import type { Metrics } from './metrics.ts';
import { watchFiles } from './watch-files.ts';

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

const maxPemSize = 1024 * 1024;

/**
 * Reads and checks a pair.
 *
 * @throws Error where a file cannot be read, is no PEM, or the key is not the certificate's
 */
export async function readCertificate(files: CertificateFiles): Promise<CertificatePair> {
  const [cert, key] = await Promise.all([
    readRegularFileWithin(files.cert, maxPemSize),
    readRegularFileWithin(files.key, maxPemSize),
  ]);
  const leaf = readLeaf(cert, files.cert);
  // What a pair looks like while it is written. OpenSSL itself takes an empty key, and one of another kind, and then
  // refuses every handshake.
  if (!leaf.checkPrivateKey(readKey(key, files.key))) {
    throw new Error(`the key in ${files.key} is not that of the certificate in ${files.cert}`);
  }
  createSecureContext({ cert, key });
  return { cert, key, notAfter: new Date(leaf.validTo) };
}

/** When the first certificate of a PEM text expires. */
export function expiryOf(certificate: string): Date {
  return new Date(new X509Certificate(certificate).validTo);
}

/** The first certificate of a chain, all of which must be whole. */
function readLeaf(text: string, file: string): X509Certificate {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const isWhole = /-----END CERTIFICATE-----\s*$/.test(text);
  if (blocks[0] === undefined || !isWhole)
    throw new Error(`${file} is no PEM certificate, or is cut short`);
  try {
    const [leaf] = blocks.map((block) => new X509Certificate(block));
    return leaf as X509Certificate;
  } catch {
    throw new Error(`${file} holds a certificate that cannot be read`);
  }
}

function readKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error(`${file} is no PEM private key`);
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

/** Where certificates come from: the first, when there is one, and later others for `use`. */
export type CertificateSource = (
  context: FollowContext,
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
    let lastFailure = '';
    const stop = watchFiles([files.cert, files.key], interval, async () => {
      try {
        const pair = await readCertificate(files);
        lastFailure = '';
        if (pair.cert === current.cert && pair.key === current.key) return 'done';
        use(pair);
        current = pair;
        return 'done';
      } catch (error) {
        // The message names the file or OpenSSL's reason; never what the files hold.
        const reason = error instanceof Error ? error.message : String(error);
        // Tried again each time, told once.
        if (reason === lastFailure) return 'retry';
        lastFailure = reason;
        metrics.certificateReloads.add('failure');
        logger.error(
          { file: files.cert, reason },
          'the new certificate is broken; the old one stays',
        );
        return 'retry';
      }
    });
    return { first, stop };
  };
}
