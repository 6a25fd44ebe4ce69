import type { Credentials } from '../credentials/credentials.ts';

/** Returns the texts of an Authorization header that no message may repeat. */
export function secretsOfHeader(header: string | undefined): string[] {
  const [scheme, value] = header?.split(' ') ?? [];
  if (value === undefined) return [];
  if (scheme !== 'Basic') return [value];
  const login = Buffer.from(value, 'base64').toString();
  return [value, login, login.slice(login.indexOf(':') + 1)];
}

/** Returns the texts of a login that no message may repeat. */
export function secretsOfLogin(login: Credentials | undefined): string[] {
  if (login === undefined) return [];
  if ('identityToken' in login) return [login.identityToken];
  const { username, password } = login;
  return [Buffer.from(`${username}:${password}`).toString('base64'), password];
}
