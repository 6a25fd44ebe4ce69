import type { Credentials } from '../credentials/credentials.ts';

/** TokenRequest is what a token service is asked. */
export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
}

/** Token is what a token service gives. */
export interface Token {
  readonly token: string;
  /** In milliseconds, from when it was asked for. */
  readonly lifetime: number;
}

/** How long a token is valid that does not say so: the spec's minute. */
const defaultLifetime = 60;

/** HttpRequest is the form of a token request. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/**
 * Returns the request for a token: a GET, with the password if there is one
 * (https://distribution.github.io/distribution/spec/auth/token/), or a POST of an identity token
 * (https://distribution.github.io/distribution/spec/auth/oauth/).
 */
export function formatTokenRequest(request: TokenRequest): HttpRequest {
  const { realm, service, scopes, credentials } = request;
  if (credentials !== undefined && 'identityToken' in credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      ...(service !== undefined && { service }),
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      client_id: 'image-detour',
      refresh_token: credentials.identityToken,
    });
    return {
      method: 'POST',
      url: realm,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(form.toString()),
    };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers = credentials === undefined ? {} : { authorization: basicHeader(credentials) };
  return { method: 'GET', url, headers };
}

/** Reads an answer of a token service; undefined if it holds no token. */
export function readToken(body: Buffer): Token | undefined {
  const { token, access_token, expires_in } = parse(body);
  const value = [token, access_token].find((each) => typeof each === 'string' && each !== '');
  // It becomes a header, which Node refuses with a message that would hold it.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return undefined;
  const seconds = typeof expires_in === 'number' && expires_in > 0 ? expires_in : defaultLifetime;
  return { token: value, lifetime: seconds * 1_000 };
}

/** Returns the header of basic authorization. */
export function basicHeader(credentials: { username: string; password: string }): string {
  const login = `${credentials.username}:${credentials.password}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    return (JSON.parse(body.toString('utf8')) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
