import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { startDockerHub } from '../../../test/rig/registry/docker-hub.ts';
import type { RecordedRequest } from '../../../test/rig/registry/exchange.ts';
import { requestsTo } from '../../../test/rig/registry/faults.ts';
import { startBlobHost } from '../../../test/rig/registry/hosts.ts';
import { addBlob, addImage } from '../../../test/rig/registry/images.ts';
import { startRegistry } from '../../../test/rig/registry/registry.ts';
import { TokenService } from '../../../test/rig/registry/token-service.ts';
import {
  blobOf,
  failureOf,
  RegistryBench,
  repositoryIn,
} from '../../../test/support/registry-client.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

const robot = { username: 'robot', password: 'a-secret-of-the-robot' };
const loggedIn = { credentials: () => Promise.resolve(robot) };

describe('a redirect to another host', () => {
  test('is followed without the login, for blobs', async () => {
    const registry = await bench.start({
      access: { scheme: 'bearer', tokens: new TokenService({ accounts: [robot] }) },
    });
    const cdn = await startBlobHost(registry.store);
    bench.onClose(() => cdn.close());
    registry.quirks.blobsAt = cdn.url;
    const blob = addBlob(registry.store, 'team/app', 'some bytes', 'x/y');
    const client = bench.client([registry], loggedIn);
    const stream = await client.readBlob(repositoryIn(registry), blob);
    expect((await buffer(stream)).toString()).toBe('some bytes');
    expect(cdn.requests).toHaveLength(1);
    expect(JSON.stringify(cdn.requests[0]?.headers)).not.toMatch(/authorization|cookie|token/i);
  });

  test('keeps the range of a blob that broke off', async () => {
    const registry = await bench.start();
    const cdn = await startBlobHost(registry.store);
    bench.onClose(() => cdn.close());
    registry.quirks.blobsAt = cdn.url;
    const bytes = Buffer.alloc(300_000, 'x');
    const blob = addBlob(registry.store, 'team/app', bytes, 'x/y');
    cdn.faults.add({ times: 1, effect: { kind: 'cut-answer', after: 100_000 } });
    const stream = await bench.client([registry]).readBlob(repositoryIn(registry), blob);
    expect((await buffer(stream)).equals(bytes)).toBe(true);
    // The signed URL is not used again: it is valid for minutes.
    expect(registry.requests).toHaveLength(2);
    expect(cdn.requests.map(({ status }) => status)).toEqual([200, 206]);
  });

  test('is followed for manifests, where the other registry has a token service of its own', async () => {
    const tokens = new TokenService({ anybodyMay: (_, action) => action === 'pull' });
    const target = await bench.start({ access: { scheme: 'bearer', tokens } });
    const { digest } = addImage(target.store, 'team/app', { tag: '1' });
    const registry = await bench.start({
      store: target.store,
      quirks: { manifestsAt: target.url },
      access: { scheme: 'basic', accounts: [robot] },
    });
    const client = bench.client([registry], loggedIn);
    expect(await client.getManifest(repositoryIn(registry), '1')).toMatchObject({ digest });
    expect(await client.headManifest(repositoryIn(registry), '1')).toMatchObject({ digest });
    const seen = JSON.stringify(target.requests.map(({ headers, url }) => [headers, url]));
    expect(seen).not.toContain(Buffer.from('robot:').toString('base64').slice(0, 7));
    expect(target.requests.some(({ path }) => path === '/token')).toBe(true);
  });

  test('ends somewhere', async () => {
    const registry = await bench.start();
    registry.faults.add({
      effect: { kind: 'answer', status: 307, headers: { location: '/v2/again' } },
    });
    const error = await failureOf(
      bench.client([registry]).headManifest(repositoryIn(registry), '1'),
    );
    expect(error.message).toContain('too many redirects');
  });

  test('drops a login in its URL', async () => {
    const registry = await bench.start();
    const { digest } = addImage(registry.store, 'team/app', { tag: '1' });
    const other = await bench.start({ store: registry.store });
    const location = `http://user:password@${other.host}/v2/team/app/manifests/1`;
    registry.faults.add({ effect: { kind: 'answer', status: 307, headers: { location } } });
    const found = await bench.client([registry]).headManifest(repositoryIn(registry), '1');
    expect(found?.digest).toBe(digest);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('an upload to another host', () => {
  test('goes there without the login', async () => {
    const registry = await bench.start({ access: { scheme: 'basic', accounts: [robot] } });
    const uploads = await bench.start({ store: registry.store });
    registry.quirks.uploadsAt = uploads.url;
    const blob = blobOf(Buffer.from('some bytes'));
    const client = bench.client([registry], loggedIn);
    await client.writeBlob(repositoryIn(registry), blob, blob.source);
    expect(registry.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
    expect(uploads.requests.some(({ method }) => method === 'PUT')).toBe(true);
    expect(uploads.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });
});

describe('a registry elsewhere cannot send the client', () => {
  test.each([
    [
      'to this machine',
      'https://127.0.0.1:1/x',
      'it leads to 127.0.0.1, which is a loopback address',
    ],
    ['to this machine by name', 'https://localhost:1/x', 'a loopback address'],
    ['to this machine by IPv6', 'https://[::1]:1/x', 'a loopback address'],
    ['to this machine by IPv4 in IPv6', 'https://[::ffff:7f00:1]:1/x', 'a loopback address'],
    [
      'to the metadata of a cloud',
      'https://169.254.169.254/latest/meta-data',
      'a link-local address',
    ],
    ['out of TLS', 'http://cdn.example/x', 'it leads from HTTPS to http://cdn.example'],
  ])('%s', async (_, location, reason) => {
    const net = await bench.internet();
    const registry = await net.start('mirror.example', (options) => startRegistry(options));
    registry.faults.add({
      on: requestsTo('GET', '/blobs/'),
      effect: { kind: 'answer', status: 307, headers: { location } },
    });
    const blob = addBlob(registry.store, 'team/app', 'some bytes', 'x/y');
    const client = bench.clientWith({}, { env: net.environment });
    const repository = { registry: 'mirror.example', name: 'team/app' };
    const error = await failureOf(client.readBlob(repository, blob));
    expect(error.message).toContain(reason);
    expect(error.isRetryable).toBe(false);
    expect([...net.proxy.asked]).toEqual(['mirror.example:443']);
  });

  test('for a token either', async () => {
    const net = await bench.internet();
    const tokens = new TokenService({ accounts: [robot] });
    const realm = 'https://127.0.0.1:1/token';
    const registry = await net.start('mirror.example', (options) =>
      startRegistry({ ...options, access: { scheme: 'bearer', tokens, realm } }),
    );
    const client = bench.clientWith({}, { env: net.environment, ...loggedIn });
    const repository = { registry: 'mirror.example', name: 'team/app' };
    const error = await failureOf(client.headManifest(repository, '1'));
    expect(error.message).toContain('a loopback address');
    expect(registry.requests).toHaveLength(1);
  });
});

test('Docker Hub is asked at its hosts, and only its token service gets the login', async () => {
  const net = await bench.internet();
  const hub = await startDockerHub(net, { accounts: [robot] });
  const image = addImage(hub.store, 'library/nginx', { tag: '1.27' });
  const client = bench.clientWith({}, { env: net.environment, ...loggedIn });
  const repository = { registry: 'docker.io', name: 'library/nginx' };
  expect(await client.headManifest(repository, '1.27')).toMatchObject({ digest: image.digest });
  const manifest = await client.getManifest(repository, image.digest);
  const { config } = JSON.parse(String(manifest?.bytes));
  await buffer(await client.readBlob(repository, config));
  expect([...net.proxy.asked].sort()).toEqual([
    'auth.docker.io:443',
    'production.cloudflare.docker.com:443',
    'registry-1.docker.io:443',
  ]);
  const basic = (each: RecordedRequest) => /^Basic/.test(each.headers.authorization ?? '');
  expect(hub.auth.requests.every(basic)).toBe(true);
  for (const { requests } of [hub.registry, hub.cdn, hub.api])
    expect(requests.some(basic)).toBe(false);
  expect(hub.cdn.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
});
