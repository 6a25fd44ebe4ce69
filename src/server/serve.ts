import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuleSet } from '../rules/rule-set.ts';
import type { RulesSource } from '../rules-source/source.ts';
import type { ClientAuthority } from './client-authority.ts';
import type { CertificatePair, CertificateSource } from './following/certificate.ts';
import type { Background, FollowContext } from './following/context.ts';
import type { FollowedNamespaceRules } from './following/namespace-rules.ts';
import type { RegistrationUpkeep } from './following/registration-upkeep.ts';
import { type FirstRules, followRules, type RulesListener } from './following/rules.ts';
import { createHealthServer } from './health.ts';
import type { ServerLog } from './log.ts';
import { Metrics } from './metrics/metrics.ts';
import { metricsRenderer } from './metrics/render.ts';
import { createWebhook, webhookPath } from './webhook.ts';
import { createWebhookServer, type Timeouts } from './webhook-server.ts';

/** Address is where a server listens. Without a host it listens on all addresses. */
export interface Address {
  readonly host: string | undefined;
  readonly port: number;
}

/** ServeOptions are what a server serves, and where. */
export interface ServeOptions {
  readonly listen: Address;
  readonly healthListen: Address;
  /** The source of the rules, and the rules to begin with. */
  readonly rulesSource: RulesSource;
  readonly rules: FirstRules;
  /** Gets what becomes of the rules file. */
  readonly rulesListener?: RulesListener;
  /** Begins to follow the rules that namespaces add. */
  readonly namespaceRules?: (
    rules: () => RuleSet,
    context: FollowContext,
  ) => Promise<FollowedNamespaceRules>;
  /** Whether Gatekeeper may ask for images as well. */
  readonly externalData?: boolean;
  /** Work to begin alongside the reviews. Each function returns what stops its work. */
  readonly background?: readonly Background[];
  readonly certificate: CertificateSource;
  /** Begins to follow the registration. Without it, the server does not know how it is registered. */
  readonly registration?: (rules: () => RuleSet, context: FollowContext) => RegistrationUpkeep;
  readonly caCertificate: string | undefined;
  /** The CAs whose clients alone are answered; without them everybody is. */
  readonly clientAuthority?: ClientAuthority | undefined;
  /** The HTML of the playground. The health server serves it, with the rules in force. */
  readonly playground?: string | undefined;
  /** How long reviews are still accepted after the server is no longer ready, in milliseconds. */
  readonly drainDelay: number;
  /** How often files are checked for changes, in milliseconds. The default is a second. */
  readonly watchInterval?: number;
  /** Replaces some of the default timeouts of connections. */
  readonly timeouts?: Partial<Timeouts>;
  readonly version: string;
  readonly log: ServerLog;
}

/** RunningServer is a server that is ready. */
export interface RunningServer {
  /** The URL that receives reviews. */
  readonly url: string;
  readonly healthUrl: string;
  /**
   * Drains and closes; closes immediately if `delay` is 0. Resolves when the last answer is sent.
   */
  stop(delay?: number): Promise<void>;
}

/**
 * Serves the webhook, its health and its metrics until it is stopped. The health is served from the
 * beginning; the returned promise resolves when the server is ready.
 *
 * @throws Error if an address cannot be listened on
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { log, drainDelay, watchInterval = 1_000 } = options;
  const { logger } = log;
  const metrics = new Metrics(options.version);
  const following = { metrics, logger, interval: watchInterval };
  let state: 'starting' | 'ready' | 'draining' = 'starting';
  let registration: RegistrationUpkeep | undefined;
  let now = () => Date.now();
  const hasExpired = () => now() > metrics.certificateNotAfter;
  let rulesText = () => options.rules.text;
  const health = createHealthServer({
    notReady: () => {
      if (state === 'starting') return registration?.notReady() ?? state;
      if (state !== 'ready') return state;
      return hasExpired() ? 'the certificate has expired' : undefined;
    },
    metrics: metricsRenderer(metrics),
    caCertificate: options.caCertificate,
    playground: options.playground,
    rulesText: () => rulesText(),
  });
  await listen(health, options.healthListen);
  const rules = followRules(options.rulesSource, options.rules, {
    ...following,
    ...options.rulesListener,
  });
  rulesText = rules.currentText;
  const namespaceRules = await options.namespaceRules?.(rules.current, following);
  registration = options.registration?.(rules.current, following);
  const background = (options.background ?? []).map((begin) => begin(rules.current, following));
  const { server: webhook, ...webhookServer } = createWebhookServer(
    createWebhook({
      rules: rules.current,
      namespaceRules: namespaceRules?.current,
      metrics,
      logger,
      externalData: options.externalData ?? false,
      reviewed: registration?.reviewed,
      isDraining: () => state === 'draining',
    }),
    options.clientAuthority,
    following,
    options.timeouts,
  );
  const present = (pair: CertificatePair) => {
    webhookServer.present(pair);
    registration?.present(pair);
  };
  const certificate = await options.certificate({ ...following, registration }, (pair) => {
    present(pair);
    metrics.certificateReloads.add('success');
    logger.info({ notAfter: pair.notAfter }, 'certificate reloaded');
  });
  now = certificate.now ?? now;
  present(certificate.first);
  await listen(webhook, options.listen).catch((error: Error) => {
    health.close();
    throw error;
  });
  for (const server of [webhook, health]) {
    server.on('error', (error) => logger.error({ reason: error.message }, 'a server failed'));
  }
  if (hasExpired()) logger.error('the certificate has expired');
  // A server that API servers do not call, or do not trust, is not ready. Once it was, it stays so:
  // whoever deletes the registration must not take the replicas down too.
  await registration?.firstInForce;
  state = 'ready';

  const stop = async (delay = drainDelay) => {
    state = 'draining';
    logger.info({ delay }, 'draining');
    await sleep(delay);
    await webhookServer.close();
    rules.stop();
    namespaceRules?.stop();
    for (const end of background) end();
    certificate.stop();
    registration?.stop();
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

async function listen(server: Server, { host, port }: Address): Promise<void> {
  server.listen({ port, ...(host !== undefined && { host }) });
  await once(server, 'listening');
}

function formatAddress(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
