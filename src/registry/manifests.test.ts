import { afterEach, describe, expect, test } from 'vitest';
import { requestsTo } from '../../test/rig/registry/faults.ts';
import { addImage, addManifest, addMultiArch } from '../../test/rig/registry/images.ts';
import { failureOf, RegistryBench, repositoryIn } from '../../test/support/registry-client.ts';
import type { Manifest } from './descriptor.ts';
import { digestOf } from './digest.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

const isHead = requestsTo('HEAD', '/manifests/');
const isGet = requestsTo('GET', '/manifests/');
const isPut = requestsTo('PUT', '/manifests/');

function errorBody(code: string, message = 'no'): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

describe('reading a manifest', () => {
  test('gives its bytes as they were pushed', async () => {
    const registry = await bench.start();
    const index = addMultiArch(registry.store, 'team/app', '1');
    const client = bench.client([registry]);
    const { mediaType, digest, size } = index;
    const repository = repositoryIn(registry);
    expect(await client.headManifest(repository, '1')).toEqual({ mediaType, digest, size });
    const manifest = await client.getManifest(repository, digest);
    expect(digestOf(manifest!.bytes)).toBe(digest);
    expect(registry.requests.map(({ headers }) => headers.accept)).toEqual([
      expect.stringMatching(/image\.index.*image\.manifest.*manifest\.list.*manifest\.v2/),
      expect.stringContaining('image.index'),
    ]);
  });

  test('of none gives undefined', async () => {
    const registry = await bench.start();
    const client = bench.client([registry]);
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeUndefined();
    expect(await client.getManifest(repositoryIn(registry), '1')).toBeUndefined();
  });

  test.each([
    ['says no digest', { noDigestHeader: true }, undefined],
    ['does not answer to HEAD', {}, 405],
  ])('is done where the registry %s', async (_, quirks, status) => {
    const registry = await bench.start({ quirks });
    const { digest, size } = addImage(registry.store, 'team/app', { tag: '1' });
    if (status) registry.faults.add({ on: isHead, effect: { kind: 'answer', status } });
    const found = await bench.client([registry]).headManifest(repositoryIn(registry), '1');
    expect(found).toMatchObject({ digest, size });
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test('again if it came with other bytes', async () => {
    const registry = await bench.start();
    const { digest } = addImage(registry.store, 'team/app', { tag: '1' });
    const client = bench.client([registry]);
    for (const effect of [
      { kind: 'corrupt', at: 30 },
      { kind: 'truncate', after: 50 },
    ] as const) {
      registry.faults.clear();
      registry.faults.add({ on: isGet, times: 2, effect });
      for (const reference of [digest, '1'])
        expect((await client.getManifest(repositoryIn(registry), reference))?.digest).toBe(digest);
    }
  });

  test('ends with an error if it stays wrong', async () => {
    const registry = await bench.start();
    const { digest } = addImage(registry.store, 'team/app', { tag: '1' });
    registry.faults.add({ on: isGet, effect: { kind: 'corrupt', at: 30 } });
    const client = bench.client([registry]);
    const error = await failureOf(client.getManifest(repositoryIn(registry), digest));
    expect(error.code).toBe('DIGEST_INVALID');
  });

  test('of schema 1 says what it is', async () => {
    const registry = await bench.start();
    addManifest(
      registry.store,
      'team/app',
      {
        schemaVersion: 1,
        mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
      } as never,
      'old',
    );
    const error = await failureOf(
      bench.client([registry]).getManifest(repositoryIn(registry), 'old'),
    );
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID', isRetryable: false });
    expect(error.message).toContain('schema 1');
  });

  test('that says that it is another kind is refused', async () => {
    const registry = await bench.start();
    addImage(registry.store, 'team/app', { tag: '1' });
    const headers = { 'content-type': 'application/vnd.oci.image.index.v1+json' };
    const body = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}';
    registry.faults.add({ on: isGet, effect: { kind: 'answer', status: 200, headers, body } });
    const error = await failureOf(
      bench.client([registry]).getManifest(repositoryIn(registry), '1'),
    );
    expect(error.message).toContain(
      'it says that it is application/vnd.oci.image.manifest.v1+json',
    );
  });

  test.each([
    [
      'application/vnd.docker.distribution.manifest.v2+json; charset=utf-8',
      '{}',
      'application/vnd.docker.distribution.manifest.v2+json',
    ],
    ['text/plain', '{"manifests":[]}', 'application/vnd.oci.image.index.v1+json'],
    ['application/json', '{"config":{}}', 'application/vnd.oci.image.manifest.v1+json'],
  ])('without a mediaType, sent as %s, finds out what it is', async (type, body, expected) => {
    const registry = await bench.start();
    const headers = { 'content-type': type };
    registry.faults.add({ effect: { kind: 'answer', status: 200, headers, body } });
    const manifest = await bench.client([registry]).getManifest(repositoryIn(registry), '1');
    expect(manifest?.mediaType).toBe(expected);
  });

  test('of more than 8 MiB ends', async () => {
    const registry = await bench.start();
    const body = 'x'.repeat(8 * 1024 * 1024 + 1);
    registry.faults.add({ effect: { kind: 'answer', status: 200, body } });
    const error = await failureOf(
      bench.client([registry]).getManifest(repositoryIn(registry), '1'),
    );
    expect(error.code).toBe('SIZE_INVALID');
  });

  test('takes tags and digests only', async () => {
    const registry = await bench.start();
    const client = bench.client([registry]);
    for (const reference of ['../../x', 'a/b', '', 'sha256:12', 'x?y'])
      await expect(client.getManifest(repositoryIn(registry), reference)).rejects.toThrow(
        TypeError,
      );
    expect(registry.requests).toHaveLength(0);
  });
});

describe('writing a manifest', () => {
  async function prepared() {
    const registry = await bench.start();
    const { digest } = addImage(registry.store, 'team/app', { tag: '1' });
    const client = bench.client([registry]);
    const repository = repositoryIn(registry);
    const manifest = (await client.getManifest(repository, digest)) as Manifest;
    registry.requests.length = 0;
    return { registry, client, repository, manifest };
  }

  test('sends its bytes and its media type', async () => {
    const { registry, client, repository, manifest } = await prepared();
    await client.putManifest(repository, '2', manifest);
    expect(registry.requests[0]?.headers['content-type']).toBe(manifest.mediaType);
    expect(await client.headManifest(repository, '2')).toMatchObject({ digest: manifest.digest });
  });

  test('waits a little for a registry that does not see its blobs yet', async () => {
    const { registry, client, repository, manifest } = await prepared();
    registry.quirks.lateBlobs = 2;
    await client.putManifest(repository, '2', manifest);
    expect(registry.requests.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT']);
  });

  test('under a tag that cannot be moved succeeds if it is there', async () => {
    const { registry, client, repository, manifest } = await prepared();
    registry.faults.add({
      on: isPut,
      effect: { kind: 'answer', status: 400, body: errorBody('TAG_INVALID', 'immutable') },
    });
    await client.putManifest(repository, '1', manifest);
    const { digest } = addImage(registry.store, 'team/app', {});
    const other = (await client.getManifest(repository, digest)) as Manifest;
    const error = await failureOf(client.putManifest(repository, '1', other));
    expect(error).toMatchObject({ status: 400, code: 'TAG_INVALID' });
  });

  test('is an error if the registry stored something else', async () => {
    const { registry, client, repository, manifest } = await prepared();
    registry.faults.add({ on: isPut, effect: { kind: 'wrong-digest' } });
    const error = await failureOf(client.putManifest(repository, '2', manifest));
    expect(error.code).toBe('DIGEST_INVALID');
  });

  test('reports whether referrers are listed', async () => {
    const { registry, client, repository } = await prepared();
    const subject = addImage(registry.store, 'team/app', {});
    const { digest } = addImage(registry.store, 'team/app', { subject });
    const referrer = (await client.getManifest(repository, digest)) as Manifest;
    expect(await client.putManifest(repository, digest, referrer)).toEqual({
      hasReferrersApi: true,
    });
    registry.quirks.noReferrers = true;
    expect(await client.putManifest(repository, digest, referrer)).toEqual({
      hasReferrersApi: false,
    });
  });
});
