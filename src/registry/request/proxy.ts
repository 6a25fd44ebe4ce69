import { BlockList, isIP } from 'node:net';
import { hostOf, nearnessOf } from './addresses.ts';

/*
 * Proxies by environment, as curl and the programs written in Go read it: HTTP_PROXY, HTTPS_PROXY
 * and NO_PROXY, in capital or small letters.
 */

/**
 * Returns the proxy for a URL; undefined if it is asked directly, as this machine always is.
 *
 * @throws Error if the variable does not hold a URL
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = env[name] || env[name.toLowerCase()];
  if (!value || isLocal(hostOf(url)) || isExcluded(url, env.NO_PROXY || env.no_proxy || ''))
    return undefined;
  const text = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  // The value is not repeated: it may hold a password.
  if (proxy === undefined || !['http:', 'https:'].includes(proxy.protocol))
    throw new Error(`${name} is not the URL of an HTTP proxy, such as http://proxy.example:3128`);
  return proxy;
}

/** Returns the header that logs in to a proxy whose URL has a name and a password. */
export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

function isLocal(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && nearnessOf(host) === 'loopback');
}

function isExcluded(url: URL, list: string): boolean {
  const host = hostOf(url);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInSubnet(entry, host);
  const [, name = entry, entryPort] = /^(.*[^:]|\[.*\]):(\d+)$/.exec(entry) ?? [];
  // An IPv6 address has colons, and no port without brackets.
  if (isIP(entry) === 0 && entryPort !== undefined && entryPort !== port) return false;
  const bare = isIP(entry) === 0 ? name.replace(/^\[|\]$/g, '').replace(/^\*?\./, '') : entry;
  return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}

function isInSubnet(entry: string, host: string): boolean {
  const [network = '', prefix = ''] = entry.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const isSubnet = isIP(network) !== 0 && /^\d{1,3}$/.test(prefix);
  if (!isSubnet || isIP(host) === 0 || Number(prefix) > (family === 'ipv6' ? 128 : 32))
    return false;
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(prefix), family);
  return subnet.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
