import { timingSafeEqual } from 'node:crypto';

/** Action is what a scope allows. */
export type Action = 'pull' | 'push' | 'delete';

/** Need is what a request must be allowed to do. */
export interface Need {
  /** Of the repository. */
  readonly name: string;
  readonly actions: readonly Action[];
}

/** Account is somebody who may log in. */
export interface Account {
  readonly username: string;
  readonly password: string;
  /** Takes the place of the password (`docker login` at some registries stores only this). */
  readonly identityToken?: string;
  /** Default: everything. */
  readonly may?: (name: string, action: Action) => boolean;
}

/** Accounts are those of one registry. */
export interface Accounts {
  readonly accounts?: readonly Account[];
  /** What nobody needs an account for. Default: nothing. */
  readonly anybodyMay?: (name: string, action: Action) => boolean;
}

/** Returns the account that a Basic `Authorization` header names; undefined if it is wrong. */
export function accountOf(
  header: string | undefined,
  { accounts = [] }: Accounts,
): Account | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(header ?? '') ?? [];
  const credentials = Buffer.from(encoded ?? '', 'base64').toString();
  const colon = credentials.indexOf(':');
  const [username, password] = [credentials.slice(0, colon), credentials.slice(colon + 1)];
  return accounts.find((each) => each.username === username && isSame(each.password, password));
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** Returns those of these actions that an account, or anybody, may do. */
export function allowed(
  { name, actions }: Need,
  account: Account | undefined,
  { anybodyMay = () => false }: Accounts,
): Action[] {
  const may = (action: Action) => account !== undefined && (account.may?.(name, action) ?? true);
  return actions.filter((action) => anybodyMay(name, action) || may(action));
}

/** Formats needs as scopes: https://distribution.github.io/distribution/spec/auth/scope/ */
export function scopeOf(needs: readonly Need[]): string {
  return needs.map(({ name, actions }) => `repository:${name}:${actions.join(',')}`).join(' ');
}

/** Parses scopes; those of other things than repositories are left out. */
export function parseScopes(scopes: readonly string[]): Need[] {
  return scopes.flatMap((scope) => {
    const [, name, actions] = /^repository:(.+):([a-z,*]+)$/.exec(scope) ?? [];
    if (name === undefined || actions === undefined) return [];
    const all: readonly Action[] = ['pull', 'push', 'delete'];
    return [{ name, actions: all.filter((each) => /\*/.test(actions) || actions.includes(each)) }];
  });
}
