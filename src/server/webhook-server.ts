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

/**
 * More connections than all API servers of a large cluster open. API servers send one request at a
 * time on a connection.
 */
const limits: ConnectionLimits = {
  maxWaiting: 16,
  maxConnections: 4096,
  crowdedAbove: 1024,
  silentTime: 120_000,
  crowdedTime: 15_000,
  readTime: 10_000,
  maxUnsent: 8 * 1024 * 1024,
};

/*
 * kube-apiserver speaks HTTP/1.1 to webhooks, keeps idle connections for 90 s and does not retry: a
 * server that closes them earlier (the default of Node is 5 s) loses admissions. The other timeouts
 * keep slow connections from accumulating.
 */
const defaultTimeouts: Timeouts = {
  keepAliveTimeout: 120_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  handshakeTimeout: 10_000,
};

/** Timeouts are how long Node waits for parts of a connection, in milliseconds. */
export interface Timeouts {
  readonly keepAliveTimeout: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly handshakeTimeout: number;
}

const tls = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const;

/** WebhookServer is the HTTPS server of the webhook. */
export interface WebhookServer {
  readonly server: Server;
  /** Serves this certificate from now on. Open connections stay open. */
  present(pair: CertificatePair): void;
  /** Closes the server. Resolves when every answer is sent. */
  close(): Promise<void>;
}

/**
 * Creates the server, which does not listen yet. With a client authority it answers only clients
 * that have a certificate of that authority. Others are refused in the TLS handshake, so nothing
 * that they send is read as HTTP.
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
