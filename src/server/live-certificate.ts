import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
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
  const [leaf] = readChain(cert);
  // What a pair looks like while it is written. OpenSSL itself takes an empty key, and one of another kind, and then
  // refuses every handshake.
  if (leaf?.checkPrivateKey(createPrivateKey(key)) !== true) {
    throw new Error(`the key in ${files.key} is not that of the certificate in ${files.cert}`);
  }
  createSecureContext({ cert, key });
  return { cert, key, notAfter: new Date(leaf.validTo) };
}

/** The certificates of a PEM text. A chain that is cut short is none. */
function readChain(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (!/-----END CERTIFICATE-----\s*$/.test(text))
    throw new Error('the certificate ends before its end');
  return blocks.map((block) => new X509Certificate(block));
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
