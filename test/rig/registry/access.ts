import { type Accounts, type Action, accountOf, allowed, type Need, scopeOf } from './accounts.ts';
import { type Answer, type Exchange, errorAnswer } from './exchange.ts';
import type { TokenService } from './token-service.ts';
import { headerOf } from './visit.ts';

/** Access says who may do what at a registry. */
export type Access = BasicAccess | BearerAccess;

interface BasicAccess extends Accounts {
  readonly scheme: 'basic';
  readonly challenges?: Challenges;
}

interface BearerAccess {
  readonly scheme: 'bearer';
  readonly tokens: TokenService;
  /** Where the registry's own token service is. Default: `/token`. */
  readonly path?: string;
  /** URL of a token service that is another host. */
  readonly realm?: string;
  /** Default: a name with a comma in it. */
  readonly service?: string;
  readonly challenges?: Challenges;
}

/** Writes the header `WWW-Authenticate` in another way, or several of them. */
type Challenges = (challenge: string) => string | readonly string[];

/** Answers a request that may not be done; undefined if it may. */
export function refuse(
  access: Access,
  exchange: Exchange,
  base: string,
  needs: readonly Need[],
): Answer | undefined {
  return access.scheme === 'basic'
    ? refuseBasic(access, exchange, needs)
    : refuseBearer(access, exchange, base, needs);
}

function refuseBasic(
  access: BasicAccess,
  exchange: Exchange,
  needs: readonly Need[],
): Answer | undefined {
  const header = headerOf(exchange, 'authorization');
  const account = accountOf(header, access);
  const isWrong = header !== undefined && account === undefined;
  const mayAll = needs.every(
    (need) => allowed(need, account, access).length === need.actions.length,
  );
  const isPing = needs.length === 0 && account === undefined;
  if (!isWrong && mayAll && !isPing) return undefined;
  if (account !== undefined) return errorAnswer(403, 'DENIED', 'this account may not do that');
  return challenge(access, 'Basic realm="a registry, for tests"');
}

function refuseBearer(
  access: BearerAccess,
  exchange: Exchange,
  base: string,
  needs: readonly Need[],
): Answer | undefined {
  const [, token] = /^Bearer +(\S+)$/i.exec(headerOf(exchange, 'authorization') ?? '') ?? [];
  const refusal = token === undefined ? 'none' : access.tokens.refusalOf(token, needs);
  if (refusal === undefined) return undefined;
  const parameters = {
    realm: access.realm ?? `${base}${access.path ?? '/token'}`,
    service: access.service ?? 'registry, for tests',
    ...(needs.length > 0 && { scope: scopeOf(needs) }),
    ...(refusal !== 'none' && { error: refusal }),
  };
  const text = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return challenge(access, `Bearer ${text.join(',')}`);
}

function challenge({ challenges = (text) => text }: Access, text: string): Answer {
  return errorAnswer(401, 'UNAUTHORIZED', 'authentication required', {
    'www-authenticate': challenges(text),
  });
}

/** Returns what a request to a repository must be allowed to do. */
export function needsOf({ method, url }: Exchange, name: string): Need[] {
  const actions: Action[] = method === 'DELETE' ? ['delete'] : ['pull'];
  const isWrite = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const from = method === 'POST' && url.searchParams.get('mount') && url.searchParams.get('from');
  const own: Need = { name, actions: isWrite ? ['pull', 'push'] : actions };
  return from ? [own, { name: from, actions: ['pull'] }] : [own];
}
