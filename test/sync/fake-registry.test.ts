import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf, generatedContent } from '../rig/registry/content.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import { startBlobHost, startHubApi } from '../rig/registry/hosts.ts';
import {
  addBlob,
  addContent,
  addImage,
  addMultiArch,
  addReferrer,
} from '../rig/registry/images.ts';
import { type FakeRegistry, startRegistry } from '../rig/registry/registry.ts';

let registry: FakeRegistry;

beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.close());

const blob = Buffer.from('a blob of some bytes');
const digest = digestOf(blob);

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${registry.url}${path}`, { redirect: 'manual', ...init });
}

async function codeOf(answer: Response): Promise<string> {
  const { errors } = (await answer.json()) as { errors: { code: string }[] };
  return `${answer.status} ${errors[0]?.code}`;
}

async function beginUpload(name = 'a', query = ''): Promise<Response> {
  return ask(`/v2/${name}/blobs/uploads/${query}`, { method: 'POST' });
}

async function locationOf(answer: Response): Promise<string> {
  return new URL(answer.headers.get('location') ?? '', registry.url).href;
}

describe('uploads', () => {
  const patch = (location: string, body: Buffer) => fetch(location, { method: 'PATCH', body });
  const put = (location: string, body?: Buffer) =>
    fetch(`${location}&digest=${digest}`, { method: 'PUT', ...(body && { body }) });

  test('Locations are URLs, or paths', async () => {
    expect((await beginUpload()).headers.get('location')).toMatch(/^http:.*\?state=/);
    registry.quirks.relativeLocation = true;
    expect((await beginUpload()).headers.get('location')).toMatch(/^\/v2\/a\/blobs\/uploads\/.*\?/);
  });

  test('a Location without its query is another upload', async () => {
    const location = await locationOf(await beginUpload());
    const answer = await fetch(location.replace(/\?.*/, `?digest=${digest}`), { method: 'PUT' });
    expect(await codeOf(answer)).toBe('404 BLOB_UPLOAD_UNKNOWN');
  });

  test('as ECR does, the second part is dropped and each part answered with 201', async () => {
    registry.quirks.onePatch = true;
    const location = await locationOf(await beginUpload());
    expect((await patch(location, blob.subarray(0, 5))).status).toBe(201);
    expect((await patch(location, blob.subarray(5))).status).toBe(201);
    expect(await codeOf(await put(location))).toBe('400 DIGEST_INVALID');
  });

  test('bodies over a limit are refused as proxies refuse them', async () => {
    registry.quirks.largestBody = 10;
    const location = await locationOf(await beginUpload());
    expect((await put(location, blob)).status).toBe(413);
    expect((await patch(location, blob.subarray(0, 10))).status).toBe(202);
    expect((await put(location, blob.subarray(10))).status).toBe(201);
  });

  test('small parts are refused, except the last', async () => {
    registry.quirks.smallestPart = 10;
    const begun = await beginUpload();
    expect(begun.headers.get('oci-chunk-min-length')).toBe('10');
    const location = await locationOf(begun);
    expect((await patch(location, blob.subarray(0, 5))).status).toBe(202);
    expect((await put(location, blob.subarray(5))).status).toBe(416);
    const other = await locationOf(await beginUpload());
    expect((await patch(other, blob.subarray(0, 15))).status).toBe(202);
    expect((await put(other, blob.subarray(15))).status).toBe(201);
  });
});

describe('mounts', () => {
  const mount = (query = `?mount=${digest}&from=a`) => beginUpload('b', query);
  beforeEach(() => addBlob(registry.store, 'a', blob, 'text/plain'));

  test('are made, or begin an upload', async () => {
    expect((await mount()).status).toBe(201);
    expect(registry.store.repository('b').blobs.has(digest)).toBe(true);
    registry.quirks.noMounts = true;
    expect((await mount()).status).toBe(202);
  });

  test('as in ECR, only after a manifest that has the blob', async () => {
    registry.quirks.mountsAfterManifest = true;
    expect((await mount()).status).toBe(202);
    addImage(registry.store, 'a', { layers: [blob] });
    expect((await mount()).status).toBe(201);
  });

  test('as in Quay, not without "from"', async () => {
    expect((await mount(`?mount=${digest}`)).status).toBe(201);
    registry.quirks.noAnonymousMounts = true;
    expect((await mount(`?mount=${digest}`)).status).toBe(400);
  });
});

describe('manifests', () => {
  async function push(tag: string, manifest: object): Promise<Response> {
    const body = JSON.stringify(manifest);
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
    return ask(`/v2/a/manifests/${tag}`, { method: 'PUT', headers, body });
  }

  test('need their blobs', async () => {
    const layers = [{ mediaType: 'text/plain', digest, size: blob.length }];
    expect(await codeOf(await push('1', { layers }))).toBe('404 MANIFEST_BLOB_UNKNOWN');
    addBlob(registry.store, 'a', blob, 'text/plain');
    expect((await push('1', { layers })).status).toBe(201);
  });

  test('do not need foreign layers', async () => {
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const layers = [{ mediaType, digest, size: 1, urls: ['https://example.com/x'] }];
    expect((await push('1', { layers })).status).toBe(201);
  });

  test('tags are immutable if that is switched on, also for the same manifest', async () => {
    await push('1', {});
    registry.quirks.immutableTags = 'TAG_INVALID';
    expect(await codeOf(await push('1', {}))).toBe('400 TAG_INVALID');
    expect((await push('2', {})).status).toBe(201);
  });

  test('a subject is confirmed by a header, if there is a referrers API', async () => {
    const subject = { digest, mediaType: 'text/plain', size: 1 };
    expect((await push('1', { subject })).headers.get('oci-subject')).toBe(digest);
    registry.quirks.noReferrers = true;
    expect((await push('1', { subject })).headers.get('oci-subject')).toBe(null);
    expect((await ask(`/v2/a/referrers/${digest}`)).status).toBe(404);
  });

  test('HEAD has the digest, or not', async () => {
    const image = addImage(registry.store, 'a', { tag: '1' });
    const head = () => ask('/v2/a/manifests/1', { method: 'HEAD' });
    expect((await head()).headers.get('docker-content-digest')).toBe(image.digest);
    registry.quirks.noDigestHeader = true;
    const { headers } = await head();
    expect(headers.get('docker-content-digest')).toBe(null);
    expect(headers.get('content-length')).toBe(`${image.size}`);
  });

  test('only GET counts as a pull, and there are no more than that', async () => {
    addImage(registry.store, 'a', { tag: '1' });
    registry.quirks.remainingPulls = 1;
    const head = await ask('/v2/a/manifests/1', { method: 'HEAD' });
    expect(head.headers.get('ratelimit-remaining')).toBe('1;w=21600');
    expect((await ask('/v2/a/manifests/1')).status).toBe(200);
    expect(await codeOf(await ask('/v2/a/manifests/1'))).toBe('429 TOOMANYREQUESTS');
    expect((await ask('/v2/a/manifests/1', { method: 'HEAD' })).status).toBe(200);
  });
});

describe('tags', () => {
  beforeEach(() => {
    for (const tag of ['c', 'a', 'b']) addImage(registry.store, 'x/y', { tag });
  });

  async function pages(path: string): Promise<string[][]> {
    const answer = await ask(path);
    const { tags } = (await answer.json()) as { tags: string[] };
    const [, next] = /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '') ?? [];
    return next === undefined ? [tags] : [tags, ...(await pages(next.replace(registry.url, '')))];
  }

  test.each([
    ['?n=2', {}, [['a', 'b'], ['c']]],
    ['', { pageSize: 2 }, [['a', 'b'], ['c']]],
    ['', { pageSize: 2, opaqueCursor: true }, [['a', 'b'], ['c']]],
    ['', { pageSize: 2, relativeLink: true }, [['a', 'b'], ['c']]],
    ['?n=3', { linkAtEnd: true }, [['a', 'b', 'c'], []]],
  ])('%s with %j', async (query, quirks, expected) => {
    Object.assign(registry.quirks, quirks);
    expect(await pages(`/v2/x/y/tags/list${query}`)).toEqual(expected);
  });

  test('a page of more than allowed is refused', async () => {
    registry.quirks.largestPage = 1000;
    expect(await codeOf(await ask('/v2/x/y/tags/list?n=1001'))).toBe('405 UNSUPPORTED');
  });

  test.each([
    ['gcr', '/v2/x/y/tags/list', 'manifest'],
    ['quay', '/api/v1/repository/x/y/tag/?limit=100', 'tags'],
    ['harbor', '/api/v2.0/projects/x/repositories/y/artifacts?page_size=100', ''],
  ] as const)('digests are listed as %s lists them', async (listing, path, key) => {
    registry.quirks.listing = listing;
    const json = (await (await ask(path)).json()) as Record<string, object>;
    const list = key === '' ? json : (json[key] ?? {});
    expect(Object.keys(list)).toHaveLength(3);
    for (const tagged of registry.store.repository('x/y').tags.values()) {
      expect(JSON.stringify(list)).toContain(tagged);
    }
  });

  test("Docker Hub's API goes on by a URL", async () => {
    const hub = await startHubApi(registry.store);
    const first = await fetch(`${hub.url}/v2/namespaces/x/repositories/y/tags?page_size=2`);
    const { results, next } = (await first.json()) as { results: unknown[]; next: string };
    expect(results).toHaveLength(2);
    expect(((await (await fetch(next)).json()) as { results: unknown[] }).results).toHaveLength(1);
    await hub.close();
  });
});

describe('reading', () => {
  test('a blob that is elsewhere is redirected to a host that wants no Authorization', async () => {
    addBlob(registry.store, 'a', blob, 'text/plain');
    const host = await startBlobHost(registry.store);
    registry.quirks.blobsAt = host.url;
    const answer = await ask(`/v2/a/blobs/${digest}`);
    expect(answer.status).toBe(307);
    const location = answer.headers.get('location') ?? '';
    expect(await (await fetch(location)).text()).toBe(`${blob}`);
    const headers = { authorization: 'Bearer x' };
    expect((await fetch(location, { headers })).status).toBe(400);
    expect(host.requests.map(({ headers: { authorization } }) => authorization)).toEqual([
      undefined,
      'Bearer x',
    ]);
    await host.close();
  });

  test('a generated blob has the same bytes from any place on', async () => {
    const content = generatedContent(1_000_000, 7);
    const { digest: name } = await addContent(registry.store, 'a', content, 'text/plain');
    const read = async (range?: string) => {
      const answer = await ask(`/v2/a/blobs/${name}`, range ? { headers: { range } } : {});
      return Buffer.from(await answer.arrayBuffer());
    };
    const whole = await read();
    expect(digestOf(whole)).toBe(name);
    expect((await read('bytes=99999-')).equals(whole.subarray(99_999))).toBe(true);
  });

  test('what was asked is recorded', async () => {
    await addMultiArch(registry.store, 'a', '1');
    await ask('/v2/a/manifests/1?x=y', { headers: { 'user-agent': 'me' } });
    const { bytes } = registry.store.repository('a').find('1')?.manifest ?? {};
    expect(registry.requests).toMatchObject([
      { method: 'GET', path: '/v2/a/manifests/1', status: 200, sent: bytes?.length, received: 0 },
    ]);
    expect(registry.requests[0]?.url).toBe('/v2/a/manifests/1?x=y');
    expect(registry.requests[0]?.headers['user-agent']).toBe('me');
  });

  test('referrers are listed, by artifact type too', async () => {
    const image = addImage(registry.store, 'a');
    for (const type of ['a/b', 'c/d']) addReferrer(registry.store, 'a', image, type);
    const list = async (query: string) => {
      const answer = await ask(`/v2/a/referrers/${image.digest}${query}`);
      return ((await answer.json()) as { manifests: unknown[] }).manifests.length;
    };
    expect([await list(''), await list('?artifactType=a/b')]).toEqual([2, 1]);
  });
});

describe('faults', () => {
  const path = `/v2/a/blobs/${digest}`;
  beforeEach(() => addBlob(registry.store, 'a', blob, 'text/plain'));
  const read = async () => (await ask(path)).text().catch(() => 'cut');

  test('are met by the chosen requests only', async () => {
    const effect = { kind: 'answer', status: 429, headers: { 'retry-after': '1' } } as const;
    registry.faults.add({ on: requestsTo('GET', '/blobs/'), skip: 1, every: 2, times: 2, effect });
    const statuses: number[] = [];
    for (let i = 0; i < 7; i += 1) statuses.push((await ask(path)).status);
    expect(statuses).toEqual([200, 429, 200, 429, 200, 200, 200]);
    expect((await ask('/v2/')).status).toBe(200);
    expect(registry.requests.filter(({ fault }) => fault === 'answer')).toHaveLength(2);
  });

  test('change the body', async () => {
    registry.faults.add({ times: 1, effect: { kind: 'truncate', after: 6 } });
    expect(await read()).toBe('a blob');
    registry.faults.add({ times: 1, effect: { kind: 'corrupt', at: 2 } });
    expect(await read()).toBe('a clob of some bytes');
    registry.faults.add({ times: 1, effect: { kind: 'cut-answer', after: 6 } });
    expect(await read()).toBe('cut');
    expect(registry.requests.at(-1)?.sent).toBe(6);
  });

  test('can be a connection that is cut before, within or after the request', async () => {
    const post = (body: Buffer) =>
      ask(`/v2/a/blobs/uploads/?digest=${digestOf(body)}`, { method: 'POST', body }).then(
        ({ status }) => status,
        () => 'cut',
      );
    const size = 1_000_000;
    const bodies = [1, 2, 3].map((byte) => Buffer.alloc(size, byte));
    registry.faults.add({ times: 1, effect: { kind: 'cut' } });
    registry.faults.add({ times: 1, effect: { kind: 'cut-upload', after: 1_000 } });
    registry.faults.add({ times: 1, effect: { kind: 'lose-answer' } });
    for (const body of bodies) expect(await post(body)).toBe('cut');
    const stored = bodies.map((body) => registry.store.findBlob(digestOf(body)) !== undefined);
    expect(stored).toEqual([false, false, true]);
  });

  test('can be slowness', async () => {
    registry.faults.add({ effect: { kind: 'slow', rate: 100 } });
    const start = Date.now();
    expect(digestOf(await read())).toBe(digest);
    expect(Date.now() - start).toBeGreaterThan(150);
  });
});

test('without its bytes a registry takes blobs of any size', async () => {
  const forgetful = await startRegistry({ keepsBytes: false });
  const upload = `${forgetful.url}/v2/a/blobs/uploads/`;
  const wrong = await fetch(`${upload}?digest=${digestOf('other')}`, {
    method: 'POST',
    body: blob,
  });
  expect(wrong.status).toBe(400);
  const hash = createHash('sha256').update(blob).digest('hex');
  const right = await fetch(`${upload}?digest=sha256:${hash}`, { method: 'POST', body: blob });
  expect(right.status).toBe(201);
  await forgetful.close();
});
