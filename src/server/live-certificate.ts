import { readFile, stat } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { expiryOf } from '../certificate/issue.ts';
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
  const [cert, key] = await Promise.all([readPem(files.cert), readPem(files.key)]);
  // Fails for a key that belongs to another certificate: how a half-written pair looks.
  createSecureContext({ cert, key });
  return { cert, key, notAfter: expiryOf(cert) };
}

async function readPem(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > maxPemSize)
    throw new Error(`${file} has ${size} bytes; at most ${maxPemSize} are read`);
  return await readFile(file, 'utf8');
}

/** Serves new certificates as their files change, without losing a connection. A broken new pair leaves the old one. */
export function keepCertificate(
  server: Server,
  files: CertificateFiles,
  context: { readonly metrics: Metrics; readonly logger: Logger; readonly interval: number },
): Promise<() => void> {
  const { metrics, logger, interval } = context;
  return watchFiles([files.cert, files.key], interval, async () => {
    try {
      const { cert, key, notAfter } = await readCertificate(files);
      server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
      metrics.certificateNotAfter = notAfter.getTime();
      metrics.countCertificateReload('success');
      logger.info({ file: files.cert, notAfter }, 'certificate reloaded');
    } catch (error) {
      metrics.countCertificateReload('failure');
      // The message names the file or OpenSSL's reason; never what the files hold.
      const reason = error instanceof Error ? error.message : String(error);
      logger.error(
        { file: files.cert, reason },
        'the new certificate is broken; the old one stays',
      );
    }
  });
}
