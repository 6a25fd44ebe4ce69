import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Certificate is a certificate and its key, as PEM files and as text. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** Issues a CA, as files in `folder`. */
export function issueAuthority(folder: string, name: string): Certificate {
  return issue(folder, name, ['-addext', 'keyUsage=critical,keyCertSign,cRLSign']);
}

/** Issues a certificate for a server, by what nearly all of the tests' servers are called. */
export function issueCertificate(
  folder: string,
  name: string,
  authority: Certificate,
  names = 'IP:127.0.0.1,DNS:localhost',
): Certificate {
  const extensions = [`subjectAltName=${names}`, 'extendedKeyUsage=serverAuth'];
  return issueSigned(
    folder,
    name,
    authority,
    extensions.flatMap((extension) => ['-addext', extension]),
  );
}

/** Issues a certificate for clients of a server that asks for one. */
export function issueClientCertificate(
  folder: string,
  name: string,
  authority: Certificate,
): Certificate {
  return issueSigned(folder, name, authority, ['-addext', 'extendedKeyUsage=clientAuth']);
}

function issueSigned(
  folder: string,
  name: string,
  { certFile, keyFile }: Certificate,
  extensions: readonly string[],
): Certificate {
  return issue(folder, name, [
    '-CA',
    certFile,
    '-CAkey',
    keyFile,
    '-addext',
    'basicConstraints=critical,CA:FALSE',
    ...extensions,
  ]);
}

/** Issues a certificate that is its own CA. */
export function issueSelfSigned(folder: string, host: string): Certificate {
  return issue(folder, host, ['-addext', `subjectAltName=DNS:${host}`]);
}

function issue(folder: string, name: string, more: readonly string[]): Certificate {
  mkdirSync(folder, { recursive: true });
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  openssl([
    'req',
    '-x509',
    '-days',
    '2',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-keyout',
    keyFile,
    '-out',
    certFile,
    ...more,
  ]);
  return { certFile, keyFile, cert: read(certFile), key: read(keyFile) };
}

/** Issues the key pair that service account tokens are signed and checked with. */
export function issueKeyPair(folder: string, name: string): { keyFile: string; pubFile: string } {
  const keyFile = join(folder, `${name}.key`);
  const pubFile = join(folder, `${name}.pub`);
  openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', keyFile]);
  openssl(['ec', '-in', keyFile, '-pubout', '-out', pubFile]);
  return { keyFile, pubFile };
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}
