import { X509Certificate } from 'node:crypto';
import { createReadStream } from 'node:fs';

const maxSize = 1024 * 1024;

/**
 * Reads a PEM file. What is read is counted: a device has no size that could be asked for.
 *
 * @throws Error if it cannot be read, or has more than 1 MiB
 */
export async function readPem(file: string): Promise<string> {
  let text = '';
  for await (const chunk of createReadStream(file, { encoding: 'latin1', end: maxSize }))
    text += chunk;
  if (text.length > maxSize) throw new Error(`${file} has more than ${maxSize} bytes`);
  return Buffer.from(text, 'latin1').toString();
}

/**
 * Reads the certificates of a PEM text, all of which must be whole.
 *
 * @throws Error if there is none, or one cannot be read; it names the file, never what the file holds
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
