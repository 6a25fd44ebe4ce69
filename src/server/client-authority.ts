import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { certificatesIn, readPem } from '../certificate/read-pem.ts';
import type { FollowContext } from './following/context.ts';
import { followFiles } from './following/files.ts';
import { Counter, countResults } from './metrics/metric.ts';

/** ClientAuthority is the CAs whose clients are answered, in PEM, and the file that has them. */
export interface ClientAuthority {
  readonly file: string;
  readonly certificates: string;
}

/** How long no other refused client is logged, in milliseconds: strangers must not fill the log. */
const quietTime = 60_000;

/**
 * Reads the CA certificates in a PEM file.
 *
 * @throws Error if the file cannot be read, or contains anything other than CA certificates
 */
export async function readClientAuthority(file: string): Promise<ClientAuthority> {
  const certificates = await readPem(file);
  const other = certificatesIn(certificates, file).find(({ ca }) => !ca);
  if (other !== undefined)
    throw new Error(`${file} contains a certificate that is not a CA: ${other.subject}`);
  return { file, certificates };
}

/**
 * Calls `use` with the new CAs when their file changes. If the new file is broken, the old CAs
 * stay. Returns a function that stops it.
 */
export function followClientAuthority(
  first: ClientAuthority,
  { metrics, logger, interval }: FollowContext,
  use: (certificates: string) => void,
): () => void {
  const { file } = first;
  const reloads = countResults(
    'detour_client_ca_reloads_total',
    'Reloads of the client CA, by result.',
  );
  metrics.register(reloads);
  let current = first.certificates;
  return followFiles({
    files: [file],
    interval,
    read: () => readClientAuthority(file),
    use({ certificates }) {
      if (certificates === current) return;
      use(certificates);
      current = certificates;
      reloads.add('success');
      logger.info({ file }, 'client CA reloaded');
    },
    failed(reason) {
      reloads.add('failure');
      logger.error({ file, reason }, 'the new client CA is broken; the old one stays');
    },
  });
}

/**
 * Counts and logs the clients that a server refuses in the TLS handshake. If an API server is among
 * them, it admits Pods as they are.
 */
export function reportRefusedClients(
  server: Server,
  { metrics, logger }: Pick<FollowContext, 'metrics' | 'logger'>,
): void {
  const refused = new Counter<'missing' | 'untrusted'>(
    'detour_client_certificates_refused_total',
    'Clients that were refused for their certificate.',
    'reason',
    ['missing', 'untrusted'],
  );
  metrics.register(refused);
  const log = limitRate(logger);
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const isMissing = error.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
    // Node's types call this an Error; it is the error code of OpenSSL.
    const problem = socket.authorizationError as unknown as string | null;
    if (!isMissing && !problem) return;
    refused.add(isMissing ? 'missing' : 'untrusted');
    log({ reason: isMissing ? 'no certificate' : problem, address: socket.remoteAddress });
  });
}

function limitRate(logger: Logger): (fields: object) => void {
  let quietUntil = 0;
  return (fields) => {
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + quietTime;
    logger.warn(fields, 'a client was refused because of its certificate');
  };
}
