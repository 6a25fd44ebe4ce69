import type { CredentialSource, Credentials, Refusal } from '../credentials/credentials.ts';
import { RegistryError } from '../registry-error.ts';
import type { Repository } from '../repository.ts';
import type { Challenge } from './challenge.ts';
import { joinScopes, splitScopes } from './scope.ts';
import { basicHeader, type Token, type TokenRequest } from './token-service.ts';

/** AuthorizerOptions are a registry, its logins, and the way to its token service. */
export interface AuthorizerOptions {
  readonly registry: string;
  readonly base: URL;
  readonly credentials: CredentialSource;
  readonly requestToken: (request: TokenRequest, repository: Repository) => Promise<Token>;
}

/** Need is what a request must be allowed to do. */
export interface Need {
  readonly repository: Repository;
  /** Of one action each; see scopesOf. */
  readonly scopes: readonly string[];
}

/** Authorization is the header of a request, and whether a login is behind it. */
export interface Authorization {
  readonly header: string;
  readonly isLogin: boolean;
}

interface KeptToken extends Authorization {
  readonly scopes: ReadonlySet<string>;
  /** By `performance.now()`. */
  readonly expiresAt: number;
}

type Way =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: URL; readonly service: string | undefined };

/** A token is not used for its last seconds: a request is on its way meanwhile. In milliseconds. */
const earlyBy = 30_000;

/**
 * Authorizer gives the requests to one registry their Authorization. It learns from the first answer
 * how the registry wants it, and keeps each token until shortly before it expires.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  #way: Way | undefined;
  /** By the name of the repository. */
  readonly #tokens = new Map<string, KeptToken[]>();
  /** The requests for tokens that are under way, so that none is asked for twice at a time. */
  readonly #pending = new Map<string, Promise<KeptToken>>();
  /** The additional scopes that challenges asked for, by repository; `''` for all. */
  readonly #more = new Map<string, Set<string>>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Returns the name of the registry's token service; undefined before it sent a challenge. */
  get service(): string | undefined {
    return this.#way?.scheme === 'bearer' ? this.#way.service : undefined;
  }

  /**
   * Returns what to send along at once; undefined before the first challenge, or without a login.
   *
   * @throws RegistryError of the token service; Error of the credentials
   */
  async prepare(need: Need): Promise<Authorization | undefined> {
    if (this.#way === undefined) return undefined;
    return this.#way.scheme === 'basic'
      ? await this.basic(need)
      : await this.#token(need, this.#way);
  }

  /**
   * Returns what to send after a challenge; undefined if there is nothing better than what was sent.
   *
   * @throws RegistryError of the token service; Error of the credentials
   */
  async respond(
    challenges: readonly Challenge[],
    need: Need,
    sent: Authorization | undefined,
  ): Promise<Authorization | undefined> {
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) {
      const { parameters } = bearer;
      const service = parameters.get('service');
      const way = { scheme: 'bearer', realm: this.#realm(bearer), service } as const;
      this.#way = way;
      this.#learnScopes(need, parameters.get('scope'));
      this.#forget(need, sent);
      return await this.#token(need, way);
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    this.#way = { scheme: 'basic' };
    const basic = await this.basic(need);
    return basic?.header === sent?.header ? undefined : basic;
  }

  /**
   * Returns the login itself; undefined without one.
   *
   * @throws Error of the credentials
   */
  async basic({ repository }: Need): Promise<Authorization | undefined> {
    return authorizationOf(await this.#options.credentials(repository));
  }

  /**
   * Returns another login than the one that the registry refused; undefined if there is none that may
   * do better.
   *
   * @throws Error of the credentials
   */
  async replace(
    { repository }: Need,
    sent: Authorization | undefined,
    refusal: Refusal,
  ): Promise<Authorization | undefined> {
    if (this.#way?.scheme !== 'basic' || sent === undefined) return undefined;
    const other = authorizationOf(await this.#options.credentials(repository, refusal));
    return other?.header === sent.header ? undefined : other;
  }

  #learnScopes({ repository, scopes }: Need, scope: string | undefined): void {
    for (const asked of splitScopes(scope)) {
      if (scopes.includes(asked)) continue;
      const key = asked.startsWith('repository:') ? repository.name : '';
      const known = this.#more.get(key) ?? new Set();
      this.#more.set(key, known.add(asked));
    }
  }

  #forget({ repository: { name } }: Need, sent: Authorization | undefined): void {
    const kept = this.#tokens.get(name)?.filter(({ header }) => header !== sent?.header);
    if (kept !== undefined) this.#tokens.set(name, kept);
  }

  async #token(need: Need, way: Way & { scheme: 'bearer' }): Promise<Authorization> {
    const { repository, scopes } = need;
    const more = ['', repository.name].flatMap((key) => [...(this.#more.get(key) ?? [])]);
    const wanted = new Set([...scopes, ...more]);
    const now = performance.now();
    const fresh = (this.#tokens.get(repository.name) ?? []).filter((each) => each.expiresAt > now);
    this.#tokens.set(repository.name, fresh);
    const kept = fresh.find((each) => [...wanted].every((scope) => each.scopes.has(scope)));
    if (kept !== undefined) return kept;
    const joined = joinScopes(wanted);
    const key = joined.join(' ');
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = this.#request(repository, way, wanted, joined);
      this.#pending.set(key, pending);
      // The rejection is for those that wait.
      pending.finally(() => this.#pending.delete(key)).catch(() => undefined);
    }
    return await pending;
  }

  async #request(
    repository: Repository,
    { realm, service }: Way & { scheme: 'bearer' },
    scopes: ReadonlySet<string>,
    joined: readonly string[],
  ): Promise<KeptToken> {
    const credentials = await this.#options.credentials(repository);
    const start = performance.now();
    const request = { realm, service, scopes: joined, credentials };
    const { token, lifetime } = await this.#options.requestToken(request, repository);
    const kept = {
      header: `Bearer ${token}`,
      isLogin: credentials !== undefined,
      scopes,
      expiresAt: start + lifetime - Math.min(earlyBy, lifetime / 2),
    };
    this.#tokens.get(repository.name)?.push(kept);
    return kept;
  }

  /** A login goes to the token service, so the service must be one that may get it. */
  #realm({ parameters }: Challenge): URL {
    const { base, registry } = this.#options;
    const text = parameters.get('realm') ?? '';
    const isUrl = text !== '' && URL.canParse(text, base.href);
    const realm = isUrl ? new URL(text, base) : undefined;
    const isPlain = realm?.protocol === 'http:' && base.protocol === 'http:';
    if (realm?.protocol === 'https:' || (isPlain && realm.hostname === base.hostname)) {
      realm.username = '';
      realm.password = '';
      return realm;
    }
    throw new RegistryError(
      `${registry}: its token service ${realm?.origin ?? 'has no address'}: a login is sent over HTTPS only, or to the host of a registry that is plainHttp`,
      { host: registry, code: 'UNAUTHORIZED' },
    );
  }
}

function authorizationOf(login: Credentials | undefined): Authorization | undefined {
  if (login === undefined || 'identityToken' in login) return undefined;
  return { header: basicHeader(login), isLogin: true };
}
