import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/**
 * Returns the context of TLS connections that trust more than Node's certificates: the `ca` of a
 * registry, and what SSL_CERT_FILE and NODE_EXTRA_CA_CERTS name. Undefined if none is given: Node
 * then shares its own context. Creating one takes tens of milliseconds, so it is done once for
 * a registry.
 *
 * @throws Error if a file cannot be read or holds no certificates
 */
export function trustOf(ca: string | undefined, env: NodeJS.ProcessEnv): SecureContext | undefined {
  const files = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].flatMap((name) =>
    env[name] ? [readCertificates(name, env[name])] : [],
  );
  const more = ca === undefined ? files : [ca, ...files];
  return more.length === 0
    ? undefined
    : createSecureContext({ ca: [...rootCertificates, ...more] });
}

function readCertificates(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${name} cannot be read: ${(error as Error).message}`);
  }
}
