import { X509Certificate } from 'node:crypto';
import { readRegularFileWithin } from '../file/read-within.ts';

const maxSize = 1024 * 1024;

/**
 * Reads a PEM file.
 *
 * @throws Error if it cannot be read, is not a regular file, or has more than 1 MiB
 */
export async function readPem(file: string): Promise<string> {
  return await readRegularFileWithin(file, maxSize);
}

/**
 * Reads the certificates of a PEM text, all of which must be whole.
 *
 * @throws Error if there is none, or one cannot be read; it names the file, never what the file
 * holds
 */
export function certificatesIn(
  text: string,
  file: string,
): [X509Certificate, ...X509Certificate[]] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const isWhole = /-----END CERTIFICATE-----\s*$/.test(text);
  if (blocks.length === 0 || !isWhole)
    throw new Error(`${file} is not a PEM certificate, or is cut short`);
  try {
    return blocks.map((block) => new X509Certificate(block)) as [X509Certificate];
  } catch {
    throw new Error(`${file} holds a certificate that cannot be read`);
  }
}
