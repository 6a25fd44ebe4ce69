import { findFact, type Registries } from '../rules/registries.ts';
import { Authorizer, type AuthorizerOptions } from './authorization/authorizer.ts';
import type { CredentialSource } from './credentials/credentials.ts';
import { baseOf } from './endpoint.ts';
import { Connections } from './request/connections.ts';
import { HostLimit } from './request/host-limit.ts';
import { Outage } from './request/outage.ts';
import type { RetryOptions } from './request/retry.ts';
import { askToken } from './token-request.ts';

/** Access is all that requests to one registry share. */
export interface Access {
  readonly base: URL;
  readonly connections: Connections;
  /**
   * Returns what authorizes requests to a URL: with the login for the registry itself, and without
   * one elsewhere (registry.k8s.io sends clients to other registries).
   */
  readonly authorizerAt: (url: URL) => Authorizer;
  /** Ends requests at once while the registry cannot be reached. */
  readonly outage: Outage;
  /**
   * One for requests that read and one for those that write: a transfer holds a place of each, and
   * with one for both, transfers within a registry could wait for one another for ever.
   */
  readonly limits: { readonly read: HostLimit; readonly write: HostLimit };
}

/** AccessOptions are what the access to every registry depends on. */
export interface AccessOptions extends RetryOptions {
  readonly registries: Registries;
  readonly credentials: CredentialSource;
  readonly env: NodeJS.ProcessEnv;
}

/** Prepares the access to a registry. Nothing is sent yet. */
export function createAccess(registry: string, options: AccessOptions): Access {
  const { registries, env, credentials, signal } = options;
  const place = { host: registry, repository: '' };
  const base = baseOf(registry, findFact(registries, place, 'plainHttp') === true);
  const connections = new Connections({ base, ca: findFact(registries, place, 'ca'), env });
  const requestToken: AuthorizerOptions['requestToken'] = (request, repository) =>
    askToken(connections, request, repository, options);
  const own = new Authorizer({ registry, base, credentials, requestToken });
  const authorizers = new Map([[base.origin, own]]);
  const authorizerAt = ({ origin }: URL) => {
    const authorizer = authorizers.get(origin) ?? createAnonymous(registry, origin, requestToken);
    authorizers.set(origin, authorizer);
    return authorizer;
  };
  return {
    base,
    connections,
    authorizerAt,
    outage: new Outage(options.timing.stall),
    limits: { read: new HostLimit(signal), write: new HostLimit(signal) },
  };
}

function createAnonymous(
  registry: string,
  origin: string,
  requestToken: AuthorizerOptions['requestToken'],
): Authorizer {
  const credentials = () => Promise.resolve(undefined);
  return new Authorizer({ registry, base: new URL(origin), credentials, requestToken });
}
