import type { IncomingMessage } from 'node:http';
import { headerOf } from './headers.ts';

/** How many redirects a request follows. */
export const maxRedirects = 8;

const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Returns where an answer sends the request; undefined if it is not a redirect. A login in the URL is
 * dropped: it would be sent along.
 */
export function redirectOf(response: IncomingMessage, from: URL): URL | undefined {
  const location = headerOf(response.headers, 'location');
  if (!redirects.has(response.statusCode ?? 0) || location === undefined) return undefined;
  return resolveLocation(location, from);
}

/** Returns the URL of a Location, which may be relative; undefined if it is not one. */
export function resolveLocation(location: string, from: URL): URL | undefined {
  if (!URL.canParse(location, from.href)) return undefined;
  const url = new URL(location, from);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  url.username = '';
  url.password = '';
  // A registry behind a proxy that ends TLS does not know that it is asked by HTTPS.
  const isSameHost = url.hostname === from.hostname && url.port === '';
  if (isSameHost && from.protocol === 'https:' && from.port === '') url.protocol = 'https:';
  return url;
}
