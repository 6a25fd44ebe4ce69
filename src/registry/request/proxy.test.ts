import { afterEach, describe, expect, test } from 'vitest';
import { addImage } from '../../../test/rig/registry/images.ts';
import { startProxy } from '../../../test/rig/registry/proxy.ts';
import { failureOf, RegistryBench } from '../../../test/support/registry-client.ts';
import { nearnessOf } from './addresses.ts';
import { proxyFor } from './proxy.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

const proxy = 'http://proxy.example:3128';

function find(url: string, env: NodeJS.ProcessEnv): string | undefined {
  return proxyFor(new URL(url), env)?.href;
}

describe('a proxy', () => {
  test.each([
    ['https://r.example', { HTTPS_PROXY: proxy }],
    ['https://r.example', { https_proxy: proxy }],
    ['http://r.example', { HTTP_PROXY: proxy }],
    ['http://r.example', { HTTP_PROXY: 'proxy.example:3128' }],
    ['https://r.example', { HTTPS_PROXY: proxy, NO_PROXY: 'example.com, other.example' }],
    ['https://r.example', { HTTPS_PROXY: proxy, NO_PROXY: 'ample' }],
    ['https://r.example:5000', { HTTPS_PROXY: proxy, NO_PROXY: 'r.example:443' }],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.2.0.0/16,192.168.1.1,::/x,1/99' }],
  ])('is used for %s with %o', (url, env) => {
    expect(find(url, env)).toBe(`${proxy}/`);
  });

  test.each([
    ['https://r.example', {}],
    ['https://r.example', { HTTP_PROXY: proxy }],
    ['https://r.example', { HTTPS_PROXY: '' }],
    ['https://r.example', { HTTPS_PROXY: proxy, NO_PROXY: '*' }],
    ['https://r.example', { HTTPS_PROXY: proxy, no_proxy: 'example' }],
    ['https://r.example', { HTTPS_PROXY: proxy, NO_PROXY: 'x .example' }],
    ['https://a.b.example', { HTTPS_PROXY: proxy, NO_PROXY: '*.example' }],
    ['https://R.example', { HTTPS_PROXY: proxy, NO_PROXY: 'r.EXAMPLE' }],
    ['https://r.example:5000', { HTTPS_PROXY: proxy, NO_PROXY: 'r.example:5000' }],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.0.0/16' }],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3' }],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::1' }],
    ['http://localhost:5000', { HTTP_PROXY: proxy }],
    ['http://127.0.0.1:5000', { HTTP_PROXY: proxy }],
    ['http://[::1]:5000', { HTTP_PROXY: proxy }],
  ])('is not used for %s with %o', (url, env) => {
    expect(find(url, env)).toBeUndefined();
  });

  test('that is not one is an error without its text', () => {
    const env = { HTTPS_PROXY: 'socks5://me:secret@proxy.example' };
    expect(() => find('https://r.example', env)).toThrow(
      /^HTTPS_PROXY is not the URL of an HTTP proxy, such as [^@]*$/,
    );
  });

  test('gets whole URLs of plain HTTP, and its login', async () => {
    const registry = await bench.start();
    const { digest } = addImage(registry.store, 'team/app', { tag: '1' });
    const hosts = await startProxy({ 'r.example:80': registry });
    bench.onClose(() => hosts.close());
    const env = { HTTP_PROXY: hosts.url.replace('//', '//me:secret@') };
    const client = bench.clientWith({ 'r.example': { plainHttp: true } }, { env });
    const found = await client.headManifest({ registry: 'r.example', name: 'team/app' }, '1');
    expect(found?.digest).toBe(digest);
    expect([...hosts.asked]).toEqual(['r.example:80']);
    expect(registry.requests[0]?.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:secret').toString('base64')}`,
    );
  });

  test('that refuses is named without its login', async () => {
    const hosts = await startProxy({});
    bench.onClose(() => hosts.close());
    const env = { HTTPS_PROXY: hosts.url.replace('//', '//me:secret@') };
    const client = bench.clientWith({}, { env });
    const error = await failureOf(
      client.headManifest({ registry: 'r.example', name: 'team/app' }, '1'),
    );
    expect(error.message).toMatch(
      /the proxy 127\.0\.0\.1:\d+ refused a connection to r\.example:443 with 502/,
    );
    expect(JSON.stringify([error, bench.events])).not.toContain('secret');
  });
});

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.0.1', 'loopback'],
  ['0.0.0.0', 'loopback'],
  ['::1', 'loopback'],
  ['::', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['::ffff:169.254.169.254', 'link-local'],
  ['fe80::1', 'link-local'],
  ['fd00:ec2::254', 'link-local'],
  ['100.100.100.200', 'link-local'],
  ['10.0.0.1', 'elsewhere'],
  ['93.184.216.34', 'elsewhere'],
  ['2606:2800:220:1::', 'elsewhere'],
])('%s is %s', (address, nearness) => {
  expect(nearnessOf(address)).toBe(nearness);
});
