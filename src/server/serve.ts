import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuleSet } from '../rules/rule-set.ts';
import { followConnections } from './connections.ts';
import { createHealthServer } from './health.ts';
import type { CertificatePair, CertificateSource, FollowContext } from './live-certificate.ts';
import type { LiveNamespaceRules } from './live-namespace-rules.ts';
import { keepRules, type RulesVersion } from './live-rules.ts';
import type { ServerLog } from './log.ts';
import { Metrics } from './metrics.ts';
import { metricsRenderer } from './render-metrics.ts';
import { createWebhook, webhookPath } from './webhook.ts';

export interface Address {
  readonly host: string | undefined;
  readonly port: number;
}

export interface ServeOptions {
  readonly listen: Address;
  readonly healthListen: Address;
  /** The rules to begin with, and the file to follow; without one they stay. */
  readonly rules: RulesVersion;
  readonly rulesFile: string | undefined;
  /** Told what is wrong with a new rules file. */
  readonly rulesBroken?: (diagnostics: readonly string[]) => void;
  /** Rules that namespaces add for themselves. */
  readonly namespaceRules?: (
    rules: () => RuleSet,
    context: FollowContext,
  ) => Promise<LiveNamespaceRules>;
  /** Whether Gatekeeper may ask for images too. */
  readonly externalData?: boolean;
  /** What goes on beside the reviews; each gives what stops it. */
  readonly background?: readonly Background[];
  readonly certificate: CertificateSource;
  readonly caCertificate: string | undefined;
  /** The page of the playground, to be served beside the health. */
  readonly playground?: string | undefined;
  /** How long reviews are still taken after the readiness has gone, in milliseconds. */
  readonly drainDelay: number;
  readonly version: string;
  readonly log: ServerLog;
}

export type Background = (rules: () => RuleSet, context: FollowContext) => () => void;

export interface RunningServer {
  /** Where reviews are taken. */
  readonly url: string;
  readonly healthUrl: string;
  /** Drains and closes, at once where `delay` is 0. Resolves when the last answer is out. */
  stop(delay?: number): Promise<void>;
}

/** More than all API servers of a large cluster open. */
const maxConnections = 4096;
/** How often files are looked at, in milliseconds. */
const watchInterval = 1000;

/*
 * kube-apiserver speaks HTTP/1.1 to webhooks, keeps idle connections for 90 s and does not retry: a server that closes
 * them earlier (Node's default is 5 s) loses admissions. The other limits keep slow connections from piling up.
 */
const limits = {
  keepAliveTimeout: 120_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  handshakeTimeout: 10_000,
} as const;

const tls = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const;

/** Serves the webhook, its health and its metrics until told to stop. Its health from the first moment on. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { log, drainDelay } = options;
  const { logger } = log;
  const metrics = new Metrics(options.version);
  const following = { metrics, logger, interval: watchInterval };
  let state: 'starting' | 'ready' | 'draining' = 'starting';
  const health = createHealthServer({
    notReady: () => {
      if (state !== 'ready') return state;
      return hasExpired(metrics) ? 'the certificate has expired' : undefined;
    },
    metrics: metricsRenderer(metrics),
    caCertificate: options.caCertificate,
    playground: options.playground,
  });
  await listen(health, options.healthListen);
  const rules = keepRules(options.rulesFile, options.rules, {
    ...following,
    broken: options.rulesBroken,
  });
  const namespaceRules = await options.namespaceRules?.(rules.current, following);
  const background = (options.background ?? []).map((begin) => begin(rules.current, following));
  const webhook = createHttpsServer(
    { ...limits, ...tls },
    createWebhook({
      rules: rules.current,
      namespaceRules: namespaceRules?.current,
      metrics,
      logger,
      externalData: options.externalData ?? false,
      isDraining: () => state === 'draining',
    }),
  );
  webhook.maxConnections = maxConnections;
  const closeWebhook = followConnections(webhook);
  const present = ({ cert, key, notAfter }: CertificatePair) => {
    webhook.setSecureContext({ cert, key, minVersion: tls.minVersion });
    metrics.certificateNotAfter = notAfter.getTime();
  };
  const certificate = await options.certificate({ ...following, rules: rules.current }, (pair) => {
    present(pair);
    metrics.certificateReloads.add('success');
    logger.info({ notAfter: pair.notAfter }, 'certificate reloaded');
  });
  present(certificate.first);
  await listen(webhook, options.listen).catch((error: Error) => {
    health.close();
    throw error;
  });
  for (const server of [webhook, health]) {
    server.on('error', (error) => logger.error({ reason: error.message }, 'a server failed'));
  }
  if (hasExpired(metrics)) logger.error('the certificate has expired');
  state = 'ready';

  const stop = async (delay = drainDelay) => {
    state = 'draining';
    logger.info({ delay }, 'draining');
    await sleep(delay);
    await closeWebhook();
    rules.stop();
    namespaceRules?.stop();
    for (const end of background) end();
    certificate.stop();
    health.close();
    health.closeAllConnections();
    logger.info('stopped');
    await log.close();
  };
  return {
    url: `https://${formatAddress(webhook)}${webhookPath}`,
    healthUrl: `http://${formatAddress(health)}`,
    stop,
  };
}

function hasExpired({ certificateNotAfter }: Metrics): boolean {
  return Date.now() > certificateNotAfter;
}

async function listen(server: Server, { host, port }: Address): Promise<void> {
  server.listen({ port, ...(host !== undefined && { host }) });
  await once(server, 'listening');
}

function formatAddress(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
