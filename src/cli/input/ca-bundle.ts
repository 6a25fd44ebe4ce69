import { X509Certificate } from 'node:crypto';
import { type Terminal, UsageError } from '../terminal.ts';
import { readText } from './read-text.ts';

const maxLength = 1024 * 1024;

/**
 * Reads the certificates of a PEM file and leaves out everything else: everyone in the cluster can
 * read the result.
 */
export async function readBundle(
  file: string | undefined,
  terminal: Terminal,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const reading = { place: file, limit: maxLength, what: 'the CA bundle' };
  const text = await readText(reading, terminal);
  const place = file === '-' ? 'standard input' : file;
  if (text.includes('PRIVATE KEY-----')) {
    throw new UsageError(`${place} contains a private key: pass the CA certificate only`);
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || !blocks.every(isCertificate)) {
    throw new UsageError(
      `${place} contains no readable PEM certificate (-----BEGIN CERTIFICATE-----)`,
    );
  }
  return `${blocks.join('\n')}\n`;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
