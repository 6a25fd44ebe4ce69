import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/*
 * Addresses that only this machine and its link answer at: services for this machine alone, and the
 * metadata services of clouds, which give credentials to every caller. A registry must not be able
 * to send this program there.
 */

const local = new BlockList();
local.addSubnet('127.0.0.0', 8);
local.addSubnet('0.0.0.0', 8);
local.addAddress('::1', 'ipv6');
local.addAddress('::', 'ipv6');

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16);
linkLocal.addSubnet('fe80::', 10, 'ipv6');
// The metadata service of Amazon EC2 by IPv6, and that of Alibaba Cloud.
linkLocal.addAddress('fd00:ec2::254', 'ipv6');
linkLocal.addAddress('100.100.100.200');

/** Nearness says how far away an address may be answered. */
export type Nearness = 'loopback' | 'link-local' | 'elsewhere';

/** Returns the nearness of an IP address. */
export function nearnessOf(address: string): Nearness {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  // IPv4 in IPv6 (`::ffff:127.0.0.1`) is checked by the rules of IPv4.
  if (local.check(address, family)) return 'loopback';
  return linkLocal.check(address, family) ? 'link-local' : 'elsewhere';
}

/** Returns a host of a URL as sockets take it: without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * Returns the addresses of a host, which may be an address itself.
 *
 * @throws Error of DNS
 */
async function resolveHost(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/**
 * Returns how near the addresses of a host are; without `canResolve`, only a host that is an address
 * or `localhost` is known to be near.
 *
 * @throws Error of DNS
 */
export async function nearnessesOf(host: string, canResolve: boolean): Promise<Set<Nearness>> {
  if (isIP(host) === 0 && !canResolve)
    return new Set([/^(.*\.)?localhost\.?$/.test(host) ? 'loopback' : 'elsewhere']);
  return new Set((await resolveHost(host)).map(nearnessOf));
}
