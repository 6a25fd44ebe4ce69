import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type Terminal, UsageError } from './terminal.ts';

const maxBundleSize = 1024 * 1024;

/** The certificates of a PEM file, and nothing else that it holds: it goes into the cluster for all to read. */
export async function readBundle(
  file: string | undefined,
  { stdin }: Terminal,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = file === '-' ? await readStream(stdin) : await readSmallFile(file);
  const place = file === '-' ? 'standard input' : file;
  if (text.includes('PRIVATE KEY-----')) {
    throw new UsageError(`${place} holds a private key; give the CA certificate alone`);
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || !blocks.every(isCertificate)) {
    throw new UsageError(
      `${place} holds no PEM certificate (-----BEGIN CERTIFICATE-----) that can be read`,
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

async function readSmallFile(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > maxBundleSize)
      throw new UsageError(`${file} is no CA bundle: it is too large`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the CA bundle cannot be read: ${(error as Error).message}`);
  }
}

async function readStream(stream: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maxBundleSize)
      throw new UsageError('standard input is no CA bundle: it is too large');
  }
  return text;
}
