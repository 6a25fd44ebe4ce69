import { lookup } from 'node:dns';
import { Agent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { hostOf, type Nearness, nearnessesOf, nearnessOf } from './addresses.ts';
import { proxyAuthorization, proxyFor } from './proxy.ts';
import { trustOf } from './trust.ts';
import { ProxyAgent, TunnelAgent } from './tunnel.ts';

/** Connection is how a request reaches its host. */
export interface Connection {
  readonly agent: Agent;
  /** What the request line holds: the whole URL if a proxy of plain HTTP is asked. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** ConnectionsOptions are the facts about a registry that its connections depend on. */
export interface ConnectionsOptions {
  /** Where the registry is. */
  readonly base: URL;
  readonly ca: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** How long one address of a host may take to connect before the next is tried, in milliseconds. */
const attemptTimeout = 3_000;

/**
 * What a connection holds before it waits for the other end, in bytes. Node's 16 KiB are less than
 * one read of a socket, so that reading and writing would take turns.
 */
export const readAhead = 256 * 1024;

/**
 * ForbiddenHostError reports that a registry sent this program to another host where it must not go:
 * to this machine or its link, or out of TLS.
 */
export class ForbiddenHostError extends Error {
  override readonly name = 'ForbiddenHostError';
}

/**
 * Connections holds the open connections to a registry and to the hosts that it names: those of its
 * blobs and tokens. These trust the registry's CA as well.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #agents = new Map<string, Agent>();
  #trust: { readonly context: SecureContext | undefined } | undefined;
  /** How near the registry itself is, and so may be what it names. */
  #allowed: Promise<ReadonlySet<Nearness>> | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Reports whether a URL is on the registry itself, so that it may get the login. */
  isOwn({ origin }: URL): boolean {
    return origin === this.#options.base.origin;
  }

  /** Returns the host of a URL that is not on the registry itself; undefined if it is. */
  elsewhere(url: URL): string | undefined {
    return this.isOwn(url) ? undefined : url.host;
  }

  /**
   * Returns the way to a URL.
   *
   * @throws ForbiddenHostError; Error if the environment or the CA is wrong, or of DNS
   */
  async to(url: URL): Promise<Connection> {
    const proxy = proxyFor(url, this.#options.env);
    const isOwn = this.isOwn(url);
    const allowed = isOwn ? undefined : await this.#allow(url, proxy);
    const key = `${isOwn} ${url.protocol} ${proxy?.href ?? ''}`;
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      agent = this.#createAgent(url, proxy, allowed);
      this.#agents.set(key, agent);
    }
    const isWhole = proxy !== undefined && url.protocol === 'http:';
    return {
      agent,
      path: isWhole ? url.href : url.pathname + url.search,
      headers: isWhole ? proxyAuthorization(proxy) : {},
    };
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  async #allow(url: URL, proxy: URL | undefined): Promise<ReadonlySet<Nearness>> {
    const { base } = this.#options;
    if (base.protocol === 'https:' && url.protocol !== 'https:')
      throw new ForbiddenHostError(`it leads from HTTPS to ${url.protocol}//${url.host}`);
    this.#allowed ??= this.#ownNearness();
    const allowed = await this.#allowed;
    const host = hostOf(url);
    // A proxy resolves names itself; a direct connection is checked when it resolves the name.
    if (proxy !== undefined || isIP(host) !== 0)
      for (const nearness of await nearnessesOf(host, false)) refuseNear(host, nearness, allowed);
    return allowed;
  }

  async #ownNearness(): Promise<ReadonlySet<Nearness>> {
    const { base, env } = this.#options;
    try {
      return await nearnessesOf(hostOf(base), proxyFor(base, env) === undefined);
    } catch (error) {
      // DNS may know it the next time.
      this.#allowed = undefined;
      throw error;
    }
  }

  #createAgent(
    { protocol }: URL,
    proxy: URL | undefined,
    allowed: ReadonlySet<Nearness> | undefined,
  ): Agent {
    // The type of an agent's options lacks those of its sockets.
    const options: AgentOptions & { readonly highWaterMark: number } = {
      keepAlive: true,
      highWaterMark: readAhead,
      // Node's quarter of a second gives up addresses that are far away: from China, all of them.
      autoSelectFamilyAttemptTimeout: attemptTimeout,
      ...(allowed && proxy === undefined && { lookup: guardedLookup(allowed) }),
    };
    if (protocol !== 'https:')
      return proxy === undefined ? new Agent(options) : new ProxyAgent(proxy, options);
    const { ca, env } = this.#options;
    this.#trust ??= { context: trustOf(ca, env) };
    const { context } = this.#trust;
    const secure = { ...options, ...(context && { secureContext: context }) };
    return proxy === undefined ? new HttpsAgent(secure) : new TunnelAgent(proxy, secure);
  }
}

function refuseNear(host: string, nearness: Nearness, allowed: ReadonlySet<Nearness>): void {
  if (nearness === 'elsewhere' || allowed.has(nearness)) return;
  throw new ForbiddenHostError(`it leads to ${host}, which is a ${nearness} address`);
}

/** Resolves names as Node does, and refuses addresses that are nearer than the registry. */
function guardedLookup(allowed: ReadonlySet<Nearness>): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, '', 0);
      try {
        for (const { address } of addresses) refuseNear(host, nearnessOf(address), allowed);
      } catch (refusal) {
        return done(refusal as Error, '', 0);
      }
      if (options.all === true) return done(null, addresses);
      return done(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  };
}
