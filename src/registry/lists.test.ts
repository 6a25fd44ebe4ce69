import { afterEach, describe, expect, test } from 'vitest';
import { startDockerHub } from '../../test/rig/registry/docker-hub.ts';
import { requestsTo } from '../../test/rig/registry/faults.ts';
import { addImage, addManifest, addReferrer } from '../../test/rig/registry/images.ts';
import type { Quirks } from '../../test/rig/registry/quirks.ts';
import { startRegistry } from '../../test/rig/registry/registry.ts';
import { TokenService } from '../../test/rig/registry/token-service.ts';
import { all, failureOf, RegistryBench, repositoryIn } from '../../test/support/registry-client.ts';
import type { DigestListing } from './listing/listing.ts';
import type { TagEntry } from './listing/tag-entry.ts';
import { ociIndex } from './media-type.ts';
import { tagsOf } from './tags.ts';
import type { Transport } from './transport.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

async function allOf(listing: DigestListing | undefined): Promise<TagEntry[]> {
  if (listing === undefined) return expect.unreachable('no list');
  return (await all(listing.pages)).flat();
}

const tagNames = ['1', '1.0', 'latest', 'v2', 'v3'];

describe('tags', () => {
  test.each<[string, Quirks, number]>([
    ['on one page', {}, 1],
    ['on several', { pageSize: 2 }, 3],
    ['on several with relative links', { pageSize: 2, relativeLink: true }, 3],
    ['on several by a cursor that is not a tag', { pageSize: 2, opaqueCursor: true }, 3],
    ['of a registry that refuses large pages', { pageSize: 2, largestPage: 2 }, 3],
  ])('are listed %s', async (_, quirks, requests) => {
    const registry = await bench.start({ quirks });
    for (const tag of tagNames) addImage(registry.store, 'team/app', { tag });
    const tags = await all(bench.client([registry]).tags(repositoryIn(registry)));
    expect(tags.sort()).toEqual(tagNames);
    expect(registry.requests).toHaveLength(requests);
  });

  test('end although the last page leads to an empty one', async () => {
    const registry = await bench.start();
    addImage(registry.store, 'team/app', { tag: '1' });
    const link = '</v2/team/app/tags/list?last=1>; rel="next"';
    const headers = { link, 'content-type': 'application/json' };
    const body = '{"tags":["1"]}';
    registry.faults.add({ times: 1, effect: { kind: 'answer', status: 200, headers, body } });
    expect(await all(bench.client([registry]).tags(repositoryIn(registry)))).toEqual(['1']);
    expect(registry.requests).toHaveLength(2);
  });

  test('of a repository that is not there are an error', async () => {
    const registry = await bench.start();
    const error = await failureOf(all(bench.client([registry]).tags(repositoryIn(registry))));
    expect(error).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  });

  test.each([
    ['a page to log in', 'text/html', '<html>Log in</html>'],
    ['JSON of something else', 'application/json', '{"message":"Log in"}'],
    ['a list without names', 'application/json', '{"name":"team/app","tags":"1"}'],
  ])('that are %s are an error, and not an empty list', async (_, type, body) => {
    const registry = await bench.start();
    const headers = { 'content-type': type };
    registry.faults.add({ effect: { kind: 'answer', status: 200, headers, body } });
    const error = await failureOf(all(bench.client([registry]).tags(repositoryIn(registry))));
    expect(error.message).toContain('GET tags of team/app: the answer is not a list');
  });

  test.each(['{"name":"team/app","tags":null}', '{"name":"team/app"}'])(
    'may be none: %s',
    async (body) => {
      const registry = await bench.start();
      const headers = { 'content-type': 'application/json' };
      registry.faults.add({ effect: { kind: 'answer', status: 200, headers, body } });
      expect(await all(bench.client([registry]).tags(repositoryIn(registry)))).toEqual([]);
    },
  );

  test('on pages without an end are an error', async () => {
    let page = 0;
    const send = () =>
      Promise.resolve({
        status: 200,
        headers: { link: `</v2/app/tags/list?page=${++page}>; rel="next"` },
        url: new URL('https://r.example/v2/app/tags/list'),
        body: Buffer.alloc(0),
        json: { tags: ['1'] },
      });
    const repository = { registry: 'r.example', name: 'app' };
    const error = await failureOf(all(tagsOf({ send } as unknown as Transport, repository)));
    expect(error.message).toContain('the list has more than 10000 pages');
  });

  test('that are not tags are left out, and a circle ends', async () => {
    const registry = await bench.start();
    registry.faults.add({
      effect: {
        kind: 'answer',
        status: 200,
        headers: {
          'content-type': 'application/json',
          link: '</v2/team/app/tags/list?x>; rel="next"',
        },
        body: JSON.stringify({ tags: ['ok', '../../x', 7, null, '', `a${'b'.repeat(128)}`] }),
      },
    });
    expect(await all(bench.client([registry]).tags(repositoryIn(registry)))).toEqual(['ok', 'ok']);
  });

  test('may be null', async () => {
    const registry = await bench.start();
    registry.faults.add({ effect: { kind: 'answer', status: 200, body: '{"tags":null}' } });
    expect(await all(bench.client([registry]).tags(repositoryIn(registry)))).toEqual([]);
  });
});

describe('tags with digests', () => {
  test.each<[string, string, Quirks]>([
    ['Artifact Registry', 'europe-docker.pkg.dev', { listing: 'gcr' }],
    ['Container Registry', 'eu.gcr.io', { listing: 'gcr' }],
    ['the registry of Kubernetes', 'registry.k8s.io', { listing: 'gcr' }],
    ['Quay', 'quay.io', { listing: 'quay', pageSize: 2 }],
  ])('are listed by %s', async (_, host, quirks) => {
    const net = await bench.internet();
    const tokens = new TokenService({ anybodyMay: () => true });
    const registry = await net.start(host, (options) =>
      startRegistry({ ...options, quirks, access: { scheme: 'bearer', tokens } }),
    );
    const digests = tagNames.map((tag) => addImage(registry.store, 'team/app', { tag }).digest);
    const client = bench.clientWith({}, { env: net.environment });
    const found = await allOf(await client.digests({ registry: host, name: 'team/app' }));
    expect(new Map(found.map(({ tag, digest }) => [tag, digest]))).toEqual(
      new Map(tagNames.map((tag, at) => [tag, digests[at]])),
    );
    const asked = registry.requests.map(({ url }) => url).find((url) => url.startsWith('/api/'));
    expect(asked ?? 'limit=100&').toContain('limit=100&');
    expect(found[0]?.updated?.getTime()).toBeGreaterThan(Date.now() - 600_000);
  });

  test('a tag whose digest Google leaves out is listed without one', async () => {
    const net = await bench.internet();
    const registry = await net.start('eu.gcr.io', startRegistry);
    const digest = `sha256:${'a'.repeat(64)}`;
    const body = JSON.stringify({ tags: ['1', '2'], manifest: { [digest]: { tag: ['1'] } } });
    registry.faults.add({ effect: { kind: 'answer', status: 200, body } });
    const client = bench.clientWith({}, { env: net.environment });
    const found = await allOf(await client.digests({ registry: 'eu.gcr.io', name: 'team/app' }));
    expect(found).toEqual([{ tag: '1', digest }, { tag: '2' }]);
  });

  test('are listed by Harbor, which its token service tells', async () => {
    const account = { username: 'robot$ci', password: 'a-secret' };
    const registry = await bench.start({
      quirks: { listing: 'harbor', pageSize: 2 },
      access: {
        scheme: 'bearer',
        tokens: new TokenService({ accounts: [account] }),
        service: 'harbor-registry',
      },
    });
    const name = 'project/deeper/app';
    for (const tag of tagNames) addImage(registry.store, name, { tag });
    const client = bench.client([registry], { credentials: () => Promise.resolve(account) });
    const found = await allOf(await client.digests(repositoryIn(registry, name)));
    expect(found.map(({ tag }) => tag).sort()).toEqual(tagNames);
    const asked = registry.requests.filter(({ path }) => path.startsWith('/api/'));
    expect(asked).toHaveLength(3);
    expect(asked.every(({ headers }) => headers.authorization?.startsWith('Basic '))).toBe(true);
  });

  test('are listed by the API of Docker Hub, which gets no login', async () => {
    const net = await bench.internet();
    const hub = await startDockerHub(net);
    for (let at = 0; at < 150; at++) addImage(hub.store, 'library/nginx', { tag: `1.${at}` });
    const credentials = () => Promise.resolve({ username: 'u', password: 'p' });
    const client = bench.clientWith({}, { env: net.environment, credentials });
    const found = await allOf(
      await client.digests({ registry: 'docker.io', name: 'library/nginx' }),
    );
    expect(found).toHaveLength(150);
    expect(hub.api.requests).toHaveLength(2);
    expect(hub.api.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(hub.registry.requests).toHaveLength(0);
    expect(await client.digests({ registry: 'docker.io', name: 'nobody/private' })).toBeUndefined();
  });

  test('a list of Docker Hub that leads elsewhere is not taken for a whole one', async () => {
    const net = await bench.internet();
    const hub = await startDockerHub(net);
    const body = JSON.stringify({ results: [], next: 'https://elsewhere.example/v2/' });
    hub.api.faults.add({ effect: { kind: 'answer', status: 200, body } });
    const client = bench.clientWith({}, { env: net.environment });
    const listed = await client.digests({ registry: 'docker.io', name: 'library/nginx' });
    await expect(allOf(listed)).rejects.toThrow('the list does not end');
  });

  test('are listed by the API of Amazon ECR', async () => {
    const net = await bench.internet();
    const ecr = await bench.ecr(net);
    for (let at = 0; at < 1_100; at++) addImage(ecr.account.store, 'team/app', { tag: `1.${at}` });
    ecr.account.repositories.set('team/app', {} as never);
    const client = bench.clientWith({}, { env: net.environment });
    const found = await allOf(
      await client.digests({ registry: ecr.account.host, name: 'team/app' }),
    );
    expect(found).toHaveLength(1_100);
    expect(ecr.api.calls.map(({ operation, region }) => [operation, region])).toEqual([
      ['ListImages', 'cn-north-1'],
      ['ListImages', 'cn-north-1'],
    ]);
    // A repository that does not exist has no tags, and that is certain.
    const none = await client.digests({ registry: ecr.account.host, name: 'no/app' });
    expect(none?.isComplete).toBe(true);
    expect(await allOf(none)).toEqual([]);
    ecr.account.denied.add('ListImages');
    const denied = await client.digests({ registry: ecr.account.host, name: 'team/app' });
    expect(denied).toBeUndefined();
  });

  test('are not listed by other registries, which are asked once', async () => {
    const registry = await bench.start();
    addImage(registry.store, 'team/app', { tag: '1' });
    const client = bench.client([registry]);
    expect(await client.digests(repositoryIn(registry))).toBeUndefined();
    expect(await client.digests(repositoryIn(registry, 'other'))).toBeUndefined();
    expect(registry.requests).toHaveLength(1);
  });
});

describe('referrers', () => {
  test('come from the API', async () => {
    const registry = await bench.start();
    const subject = addImage(registry.store, 'team/app', { tag: '1' });
    const kinds = ['application/vnd.a', 'application/vnd.b'];
    const digests = kinds.map(
      (kind) => addReferrer(registry.store, 'team/app', subject, kind).digest,
    );
    const found = await bench.client([registry]).referrers(repositoryIn(registry), subject.digest);
    expect(found.map(({ digest }) => digest).sort()).toEqual(digests.sort());
    expect(found.map(({ artifactType }) => artifactType).sort()).toEqual(kinds);
  });

  test('come from the fallback tag, and the API is not asked again', async () => {
    const registry = await bench.start({ quirks: { noReferrers: true } });
    const subject = addImage(registry.store, 'team/app', { tag: '1' });
    const referrer = addReferrer(registry.store, 'team/app', subject);
    const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [referrer] };
    addManifest(registry.store, 'team/app', index, subject.digest.replace(':', '-'));
    const client = bench.client([registry]);
    const found = await client.referrers(repositoryIn(registry), subject.digest);
    expect(found.map(({ digest }) => digest)).toEqual([referrer.digest]);
    expect(await client.referrers(repositoryIn(registry), referrer.digest)).toEqual([]);
    const asked = registry.requests.filter(({ path }) => path.includes('/referrers/'));
    expect(asked).toHaveLength(1);
  });

  test.each([405, 404, 400])(
    'come from the fallback tag where the API gives %d',
    async (status) => {
      const registry = await bench.start();
      registry.faults.add({
        on: requestsTo('GET', '/referrers/'),
        effect: { kind: 'answer', status },
      });
      const digest = `sha256:${'0'.repeat(64)}`;
      addImage(registry.store, 'team/app', { tag: '1' });
      expect(await bench.client([registry]).referrers(repositoryIn(registry), digest)).toEqual([]);
    },
  );

  test('that are not descriptors are left out', async () => {
    const registry = await bench.start();
    const manifests = [{ digest: 'x', mediaType: 'y', size: 1 }, null, 7, {}];
    const body = JSON.stringify({ manifests });
    registry.faults.add({ effect: { kind: 'answer', status: 200, body } });
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(await bench.client([registry]).referrers(repositoryIn(registry), digest)).toEqual([]);
  });
});
