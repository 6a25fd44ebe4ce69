import { createServer, type Server } from 'node:https';
import {
  type ClientAuthority,
  followClientAuthority,
  reportRefusedClients,
} from './client-authority.ts';
import type { Exchange } from './connection.ts';
import { type ConnectionLimits, Connections } from './connections.ts';
import type { CertificatePair } from './following/certificate.ts';
import type { FollowContext } from './following/context.ts';

/** More connections than all API servers of a large cluster open. API servers never send a request before its turn. */
const limits: ConnectionLimits = {
  mostWaiting: 16,
  most: 4096,
  roomFor: 1024,
  silentTime: 120_000,
  crowdedTime: 15_000,
  readTime: 10_000,
  mostUnsent: 8 * 1024 * 1024,
};

/*
 * kube-apiserver speaks HTTP/1.1 to webhooks, keeps idle connections for 90 s and does not retry: a server that closes
 * them earlier (Node's default is 5 s) loses admissions. The other limits keep slow connections from piling up.
 */
const defaultTimeouts = {
  keepAliveTimeout: 120_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  handshakeTimeout: 10_000,
};

/** How long Node waits for parts of a connection, in milliseconds. */
export type Timeouts = typeof defaultTimeouts;

const tls = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const;

/** The HTTPS server of the webhook. */
export interface WebhookServer {
  readonly server: Server;
  /** Serves this certificate from now on. Connections stay. */
  present(pair: CertificatePair): void;
  /** Closes when every answer is out. */
  close(): Promise<void>;
}

/**
 * Creates the server. With a client authority it answers only clients that show a certificate of it; others are refused in
 * the handshake, so that nothing that they send is read as HTTP.
 */
export function createWebhookServer(
  handle: (exchange: Exchange) => void,
  clients: ClientAuthority | undefined,
  following: FollowContext,
  timeouts: Partial<Timeouts> = {},
): WebhookServer {
  const { metrics } = following;
  const asksClients = clients !== undefined;
  const verifying = { requestCert: asksClients, rejectUnauthorized: asksClients };
  const server = createServer({
    ...defaultTimeouts,
    ...timeouts,
    ...tls,
    ...verifying,
    requireHostHeader: false,
  });
  const connections = new Connections(server, limits, handle, (reason) =>
    metrics.cutConnections.add(reason),
  );
  metrics.connections = () => connections.count;
  metrics.inFlight = () => connections.pending;
  let ca = clients?.certificates;
  let current: CertificatePair | undefined;
  const present = (pair: CertificatePair) => {
    const { cert, key, notAfter } = pair;
    server.setSecureContext({ cert, key, minVersion: tls.minVersion, ...(ca && { ca }) });
    metrics.certificateNotAfter = notAfter.getTime();
    current = pair;
  };
  let stopFollowing = () => {};
  if (clients !== undefined) {
    reportRefusedClients(server, following);
    stopFollowing = followClientAuthority(clients, following, (certificates) => {
      ca = certificates;
      if (current !== undefined) present(current);
    });
  }
  const close = async () => {
    await connections.close();
    stopFollowing();
  };
  return { server, present, close };
}
