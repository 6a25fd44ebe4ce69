import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { requestsTo } from '../../test/rig/registry/faults.ts';
import { addBlob, addImage, addMultiArch } from '../../test/rig/registry/images.ts';
import { TokenService } from '../../test/rig/registry/token-service.ts';
import {
  blobOf,
  failureOf,
  RegistryBench,
  repositoryIn,
} from '../../test/support/registry-client.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

const blobType = 'application/octet-stream';

describe('manifests', () => {
  test('are read by tag and by digest, byte for byte', async () => {
    const registry = await bench.start();
    const index = addMultiArch(registry.store, 'team/app', '1.0');
    const client = bench.client([registry]);
    const head = await client.headManifest(repositoryIn(registry), '1.0');
    expect(head).toEqual({ mediaType: index.mediaType, digest: index.digest, size: index.size });
    const manifest = await client.getManifest(repositoryIn(registry), index.digest);
    expect(manifest?.digest).toBe(index.digest);
    const digest = createHash('sha256').update(manifest!.bytes).digest('hex');
    expect(`sha256:${digest}`).toBe(index.digest);
    expect(registry.requests).toHaveLength(2);
  });

  test('that are not there are undefined', async () => {
    const registry = await bench.start();
    const client = bench.client([registry]);
    expect(await client.headManifest(repositoryIn(registry), 'x')).toBeUndefined();
    expect(await client.getManifest(repositoryIn(registry), 'x')).toBeUndefined();
  });

  test('are copied with their bytes', async () => {
    const [origin, mirror] = [
      await bench.start(),
      await bench.start({ quirks: { sparseManifests: true } }),
    ];
    const { digest } = addImage(origin.store, 'team/app', { tag: '1.0' });
    const client = bench.client([origin, mirror]);
    const manifest = await client.getManifest(repositoryIn(origin), '1.0');
    await client.putManifest(repositoryIn(mirror), '1.0', manifest!);
    expect(await client.headManifest(repositoryIn(mirror), '1.0')).toMatchObject({ digest });
  });
});

describe('blobs', () => {
  test('cross from one registry to another in one request each way, and a POST', async () => {
    const [origin, mirror] = [await bench.start(), await bench.start()];
    const blob = addBlob(origin.store, 'team/app', randomBytes(1_000_000), blobType);
    const client = bench.client([origin, mirror]);
    const source = () => client.readBlob(repositoryIn(origin), blob);
    expect(await client.writeBlob(repositoryIn(mirror), blob, source)).toBe('uploaded');
    expect(mirror.store.repositories.get('team/app')?.blobs.has(blob.digest)).toBe(true);
    expect(await client.hasBlob(repositoryIn(mirror), blob.digest)).toBe(true);
    expect(origin.requests.map(({ method }) => method)).toEqual(['GET']);
    expect(mirror.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'HEAD']);
  });

  test('are mounted from another repository', async () => {
    const mirror = await bench.start();
    const blob = addBlob(mirror.store, 'other', 'bytes', blobType);
    const client = bench.client([mirror]);
    const source = () => Promise.reject(new Error('nothing is to be read'));
    expect(await client.writeBlob(repositoryIn(mirror), blob, source, 'other')).toBe('mounted');
  });

  test('that break off go on where they broke', async () => {
    const registry = await bench.start();
    const bytes = randomBytes(500_000);
    const blob = addBlob(registry.store, 'team/app', bytes, blobType);
    const effect = { kind: 'cut-answer', after: 200_000 } as const;
    registry.faults.add({ on: requestsTo('GET', '/blobs/'), times: 2, effect });
    const client = bench.client([registry]);
    const stream = await client.readBlob(repositoryIn(registry), blob);
    expect((await buffer(stream)).equals(bytes)).toBe(true);
    expect(registry.requests.map(({ headers }) => headers.range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d+-$/),
      expect.stringMatching(/^bytes=\d+-$/),
    ]);
  });

  test('with wrong bytes fail before their last ones', async () => {
    const registry = await bench.start();
    const blob = addBlob(registry.store, 'team/app', randomBytes(200_000), blobType);
    registry.faults.add({ on: requestsTo('GET', '/blobs/'), effect: { kind: 'corrupt', at: 7 } });
    const client = bench.client([registry]);
    const stream = await client.readBlob(repositoryIn(registry), blob);
    let size = 0;
    const error = await failureOf(
      (async () => {
        for await (const chunk of stream) size += chunk.length;
      })(),
    );
    expect(error).toMatchObject({ code: 'DIGEST_INVALID', isRetryable: true });
    expect(size).toBeLessThan(200_000);
  });

  test('are sent again as a whole if the upload breaks', async () => {
    const mirror = await bench.start();
    const blob = blobOf(randomBytes(300_000));
    mirror.faults.add({
      on: requestsTo('PUT', '/uploads/'),
      times: 2,
      effect: { kind: 'cut-upload', after: 100_000 },
    });
    const client = bench.client([mirror]);
    await client.writeBlob(repositoryIn(mirror), blob, blob.source);
    expect(mirror.store.repositories.get('team/app')?.blobs.has(blob.digest)).toBe(true);
  });
});

describe('logins', () => {
  const account = { username: 'robot', password: 'a-secret-of-the-robot' };
  const loggedIn = { credentials: () => Promise.resolve(account) };

  test('get one token for a scope, and use it from then on', async () => {
    const tokens = new TokenService({ accounts: [account] });
    const registry = await bench.start({ access: { scheme: 'bearer', tokens } });
    addImage(registry.store, 'team/app', { tag: '1.0' });
    const client = bench.client([registry], loggedIn);
    await Promise.all([1, 2, 3, 4].map(() => client.headManifest(repositoryIn(registry), '1.0')));
    await client.headManifest(repositoryIn(registry), '1.0');
    expect(bench.tokenRequests()).toBe(1);
    expect(registry.requests.at(-2)?.status).toBe(200);
  });

  test('are sent as they are to registries without a token service', async () => {
    const registry = await bench.start({ access: { scheme: 'basic', accounts: [account] } });
    addImage(registry.store, 'team/app', { tag: '1.0' });
    const client = bench.client([registry], loggedIn);
    expect(await client.headManifest(repositoryIn(registry), '1.0')).toBeDefined();
    expect(await client.headManifest(repositoryIn(registry), '1.0')).toBeDefined();
    expect(registry.requests.map(({ status }) => status)).toEqual([401, 200, 200]);
  });

  test('that are missing are asked for', async () => {
    const registry = await bench.start({ access: { scheme: 'basic', accounts: [account] } });
    const error = await failureOf(
      bench.client([registry]).getManifest(repositoryIn(registry), '1.0'),
    );
    expect(error).toMatchObject({ status: 401, code: 'UNAUTHORIZED', isRetryable: false });
    expect(error.message).toContain(`docker login ${registry.host}`);
  });
});
