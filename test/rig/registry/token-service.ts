import { randomUUID } from 'node:crypto';
import {
  type Account,
  type Accounts,
  accountOf,
  allowed,
  type Need,
  parseScopes,
} from './accounts.ts';
import { type Answer, type Exchange, errorAnswer, jsonAnswer, readBody } from './exchange.ts';
import { headerOf } from './visit.ts';

/** TokenOptions say who gets which tokens. */
export interface TokenOptions extends Accounts {
  /** In seconds. Default: 300. */
  readonly lifetime?: number;
  /** Default: `token`. */
  readonly field?: 'token' | 'access_token';
}

interface Grant {
  readonly needs: readonly Need[];
  readonly expires: number;
}

/**
 * TokenService gives out bearer tokens and knows them again:
 * https://distribution.github.io/distribution/spec/auth/token/
 */
export class TokenService {
  readonly #grants = new Map<string, Grant>();
  readonly #options: TokenOptions;

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** Returns every token that was given out, so that a test can look for them where none may be. */
  get issued(): readonly string[] {
    return [...this.#grants.keys()];
  }

  /** Makes all tokens invalid, as one that is taken back. */
  revokeAll(): void {
    for (const [token, { needs }] of this.#grants) this.#grants.set(token, { needs, expires: 0 });
  }

  /** Answers a request for a token. */
  async answer(exchange: Exchange): Promise<Answer> {
    if (exchange.method === 'POST') return this.#answerPost(exchange);
    if (exchange.method !== 'GET') return errorAnswer(405, 'UNSUPPORTED', exchange.method);
    const header = headerOf(exchange, 'authorization');
    const account = accountOf(header, this.#options);
    if (header !== undefined && account === undefined) return wrongCredentials();
    return this.#give(account, exchange.url.searchParams.getAll('scope'));
  }

  /** https://distribution.github.io/distribution/spec/auth/oauth/ */
  async #answerPost(exchange: Exchange): Promise<Answer> {
    const form = new URLSearchParams((await readBody(exchange)).toString());
    const { accounts = [] } = this.#options;
    const [identityToken, password] = [form.get('refresh_token'), form.get('password')];
    const account =
      form.get('grant_type') === 'refresh_token'
        ? accounts.find((each) => each.identityToken === identityToken && identityToken !== null)
        : accounts.find((each) => each.password === password);
    if (account === undefined) return wrongCredentials();
    return this.#give(account, (form.get('scope') ?? '').split(' '), 'access_token');
  }

  #give(
    account: Account | undefined,
    scopes: readonly string[],
    field = this.#options.field ?? 'token',
  ): Answer {
    const { lifetime = 300 } = this.#options;
    const token = `token-${randomUUID()}`;
    const needs = parseScopes(scopes.flatMap((each) => each.split(' '))).map((need) => ({
      name: need.name,
      actions: allowed(need, account, this.#options),
    }));
    this.#grants.set(token, { needs, expires: Date.now() + lifetime * 1_000 });
    return jsonAnswer({ [field]: token, expires_in: lifetime });
  }

  /** Says what is wrong with a token for these needs, in the words of RFC 6750; else undefined. */
  refusalOf(token: string, needs: readonly Need[]): string | undefined {
    const grant = this.#grants.get(token);
    if (grant === undefined || grant.expires <= Date.now()) return 'invalid_token';
    const isEnough = needs.every(({ name, actions }) =>
      actions.every((action) =>
        grant.needs.some((each) => each.name === name && each.actions.includes(action)),
      ),
    );
    return isEnough ? undefined : 'insufficient_scope';
  }
}

function wrongCredentials(): Answer {
  return errorAnswer(401, 'UNAUTHORIZED', 'incorrect username or password');
}
