import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { requestsTo } from '../../test/rig/registry/faults.ts';
import { addBlob } from '../../test/rig/registry/images.ts';
import type { Quirks } from '../../test/rig/registry/quirks.ts';
import { type FakeRegistry, startRegistry } from '../../test/rig/registry/registry.ts';
import { TokenService } from '../../test/rig/registry/token-service.ts';
import {
  blobOf,
  failureOf,
  RegistryBench,
  repositoryIn,
} from '../../test/support/registry-client.ts';
import { RegistryError } from './registry-error.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

function methodsOf({ requests }: FakeRegistry): string[] {
  return requests.map(({ method, status }) => `${method} ${status}`);
}

function has({ store }: FakeRegistry, digest: string): boolean {
  return store.repositories.get('team/app')?.blobs.has(digest) ?? false;
}

const type = 'application/octet-stream';

test.each<[string, Quirks]>([
  ['absolute', {}],
  ['relative', { relativeLocation: true }],
])('a blob takes one POST and one PUT where Location is %s', async (_, quirks) => {
  const mirror = await bench.start({ quirks });
  const blob = blobOf(randomBytes(300_000));
  const client = bench.client([mirror]);
  expect(await client.writeBlob(repositoryIn(mirror), blob, blob.source)).toBe('uploaded');
  expect(methodsOf(mirror)).toEqual(['POST 202', 'PUT 201']);
  expect(mirror.requests[1]?.headers).toMatchObject({ 'content-length': '300000' });
  expect(mirror.requests[1]?.headers['transfer-encoding']).toBeUndefined();
  expect(has(mirror, blob.digest)).toBe(true);
});

test('an empty blob is uploaded too', async () => {
  const mirror = await bench.start();
  const blob = blobOf(Buffer.alloc(0));
  await bench.client([mirror]).writeBlob(repositoryIn(mirror), blob, blob.source);
  expect(has(mirror, blob.digest)).toBe(true);
});

test('the query of Location stays as it is', async () => {
  const mirror = await bench.start();
  const blob = blobOf(Buffer.from('x'));
  mirror.faults.add({
    on: requestsTo('POST', '/uploads/'),
    effect: {
      kind: 'answer',
      status: 202,
      headers: { location: '/v2/team/app/blobs/uploads/1?_state=a%2Bb%3D&x' },
    },
  });
  await failureOf(bench.client([mirror]).writeBlob(repositoryIn(mirror), blob, blob.source));
  const put = mirror.requests.find(({ method }) => method === 'PUT');
  expect(put?.url).toBe(
    `/v2/team/app/blobs/uploads/1?_state=a%2Bb%3D&x&digest=${encodeURIComponent(blob.digest)}`,
  );
});

describe('mounts', () => {
  test('send no bytes', async () => {
    const mirror = await bench.start();
    const { digest, size } = addBlob(mirror.store, 'other', 'bytes', type);
    const blob = { ...blobOf(Buffer.from('bytes')) };
    const client = bench.client([mirror]);
    expect(
      await client.writeBlob(repositoryIn(mirror), { digest, size }, blob.source, 'other'),
    ).toBe('mounted');
    expect(methodsOf(mirror)).toEqual(['POST 201']);
  });

  test('that the registry does not do use their session for the upload', async () => {
    const mirror = await bench.start({ quirks: { noMounts: true } });
    addBlob(mirror.store, 'other', 'bytes', type);
    const blob = blobOf(Buffer.from('bytes'));
    const client = bench.client([mirror]);
    expect(await client.writeBlob(repositoryIn(mirror), blob, blob.source, 'other')).toBe(
      'uploaded',
    );
    expect(methodsOf(mirror)).toEqual(['POST 202', 'PUT 201']);
  });

  test('that are refused become an upload', async () => {
    const mirror = await bench.start();
    mirror.faults.add({
      on: ({ url }) => url.includes('mount='),
      effect: {
        kind: 'answer',
        status: 403,
        body: '{"errors":[{"code":"DENIED","message":"no"}]}',
      },
    });
    const blob = blobOf(Buffer.from('bytes'));
    const client = bench.client([mirror]);
    expect(await client.writeBlob(repositoryIn(mirror), blob, blob.source, 'other')).toBe(
      'uploaded',
    );
    expect(methodsOf(mirror)).toEqual(['POST 403', 'POST 202', 'PUT 201']);
  });

  test('ask for a token that may read the other repository', async () => {
    const account = { username: 'robot', password: 'secret' };
    const tokens = new TokenService({ accounts: [account] });
    const mirror = await bench.start({ access: { scheme: 'bearer', tokens } });
    const { digest, size } = addBlob(mirror.store, 'other', 'bytes', type);
    const client = bench.client([mirror], { credentials: () => Promise.resolve(account) });
    await client.headManifest(repositoryIn(mirror), '1');
    const source = () => Promise.reject(new Error('nothing is to be read'));
    expect(await client.writeBlob(repositoryIn(mirror), { digest, size }, source, 'other')).toBe(
      'mounted',
    );
    const token = mirror.requests.findLast(({ path }) => path === '/token');
    expect(mirror.requests.filter(({ status }) => status === 401)).toHaveLength(1);
    const scopes = new URLSearchParams(token?.url.split('?')[1]).getAll('scope');
    expect(scopes).toEqual(['repository:team/app:pull,push', 'repository:other:pull']);
  });
});

describe('parts', () => {
  test('are sent where a whole blob was refused, and from then on', async () => {
    const mirror = await bench.start({ quirks: { largestBody: 20_000_000 } });
    const blob = blobOf(randomBytes(21_000_000));
    const client = bench.client([mirror]);
    await client.writeBlob(repositoryIn(mirror), blob, blob.source);
    expect(has(mirror, blob.digest)).toBe(true);
    const parts = mirror.requests.filter(({ method }) => method === 'PATCH');
    expect(parts.map(({ headers }) => headers['content-range'])).toEqual([
      '0-10499999',
      '10500000-20999999',
    ]);
    mirror.requests.length = 0;
    const next = blobOf(randomBytes(21_000_000));
    await client.writeBlob(repositoryIn(mirror), next, next.source);
    expect(methodsOf(mirror)).toEqual(['POST 202', 'PATCH 202', 'PATCH 202', 'PUT 201']);
  });

  test('are as large as the rules file says, for what is larger', async () => {
    const mirror = await bench.start();
    const client = bench.clientWith({
      [mirror.host]: { plainHttp: true },
      [`${mirror.host}/team`]: { chunk: '64KiB' },
    });
    const blob = blobOf(randomBytes(150_000));
    await client.writeBlob(repositoryIn(mirror), blob, blob.source);
    expect(mirror.requests.map(({ received }) => received)).toEqual([0, 50_000, 50_000, 50_000, 0]);
    mirror.requests.length = 0;
    const small = blobOf(randomBytes(1_000));
    await client.writeBlob(repositoryIn(mirror), small, small.source);
    expect(methodsOf(mirror)).toEqual(['POST 202', 'PUT 201']);
  });

  test('are not smaller than the registry wants', async () => {
    const mirror = await bench.start({ quirks: { smallestPart: 100_000 } });
    const client = bench.clientWith({ [mirror.host]: { plainHttp: true, chunk: '1KiB' } });
    const blob = blobOf(randomBytes(150_000));
    await client.writeBlob(repositoryIn(mirror), blob, blob.source);
    expect(mirror.requests.map(({ received }) => received)).toEqual([0, 150_000, 0]);
  });

  test('are sent to Azure at once, for what is larger than it takes', async () => {
    const net = await bench.internet();
    const mirror = await net.start('corp.azurecr.io', (options) => startRegistry(options));
    const client = bench.clientWith({}, { env: net.environment });
    const repository = { registry: 'corp.azurecr.io', name: 'team/app' };
    for (const size of [21_000_000, 1_000]) {
      const blob = blobOf(randomBytes(size));
      await client.writeBlob(repository, blob, blob.source);
    }
    expect(methodsOf(mirror)).toEqual([
      ...['POST 202', 'PATCH 202', 'PATCH 202', 'PUT 201'],
      ...['POST 202', 'PUT 201'],
    ]);
  });

  test('begin again from the first if one breaks', async () => {
    const mirror = await bench.start();
    mirror.faults.add({ on: requestsTo('PATCH', ''), skip: 1, times: 1, effect: { kind: 'cut' } });
    const client = bench.clientWith({ [mirror.host]: { plainHttp: true, chunk: '64KiB' } });
    const blob = blobOf(randomBytes(150_000));
    await client.writeBlob(repositoryIn(mirror), blob, blob.source);
    expect(has(mirror, blob.digest)).toBe(true);
    expect(blob.opened).toBe(2);
  });

  test('to a registry that drops all but the first end with an error', async () => {
    const mirror = await bench.start({ quirks: { onePatch: true } });
    const client = bench.clientWith({ [mirror.host]: { plainHttp: true, chunk: '64KiB' } });
    const blob = blobOf(randomBytes(150_000));
    const error = await failureOf(client.writeBlob(repositoryIn(mirror), blob, blob.source));
    expect(error.message).toContain('it takes no blobs in parts');
    expect(has(mirror, blob.digest)).toBe(false);
  });
});

describe('a server that closes the connection on a large request', () => {
  const large = 1_600_000;
  const cutsLarge = ({ faults }: FakeRegistry, times = Number.POSITIVE_INFINITY) =>
    faults.add({
      on: ({ headers }) => Number(headers['content-length']) > large,
      times,
      effect: { kind: 'cut-upload', after: 200_000 },
    });

  test('gets parts after two cuts, and at once from then on', async () => {
    const mirror = await bench.start();
    cutsLarge(mirror);
    const client = bench.client([mirror]);
    for (const cuts of [2, 0]) {
      mirror.requests.length = 0;
      const blob = blobOf(randomBytes(6_000_000));
      await client.writeBlob(repositoryIn(mirror), blob, blob.source);
      expect(has(mirror, blob.digest)).toBe(true);
      const puts = mirror.requests.filter(
        ({ method, status }) => method === 'PUT' && status !== 201,
      );
      expect(puts).toHaveLength(cuts);
      expect(mirror.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(4);
    }
  });

  test('gets whole blobs again if it refuses parts: then it was the network', async () => {
    const mirror = await bench.start({ quirks: { onePatch: true } });
    cutsLarge(mirror, 2);
    const blob = blobOf(randomBytes(6_000_000));
    await bench.client([mirror]).writeBlob(repositoryIn(mirror), blob, blob.source);
    expect(has(mirror, blob.digest)).toBe(true);
    expect(mirror.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });
});

describe('an upload that breaks', () => {
  test.each([
    ['is cut off', { kind: 'cut-upload', after: 100_000 } as const],
    ['gets no answer', { kind: 'lose-answer' } as const],
    ['gets 503', { kind: 'answer', status: 503 } as const],
    [
      'has lost its session',
      { kind: 'answer', status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' } as const,
    ],
  ])('because it %s begins again with a new session', async (_, effect) => {
    const mirror = await bench.start();
    mirror.faults.add({ on: requestsTo('PUT', '/uploads/'), times: 2, effect });
    const blob = blobOf(randomBytes(300_000));
    await bench.client([mirror]).writeBlob(repositoryIn(mirror), blob, blob.source);
    expect(has(mirror, blob.digest)).toBe(true);
    expect(mirror.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });

  test('tells the registry so', async () => {
    const mirror = await bench.start();
    mirror.faults.add({
      on: requestsTo('PUT', ''),
      times: 1,
      effect: { kind: 'answer', status: 500 },
    });
    const blob = blobOf(randomBytes(1_000));
    await bench.client([mirror]).writeBlob(repositoryIn(mirror), blob, blob.source);
    expect(methodsOf(mirror)).toEqual(['POST 202', 'PUT 500', 'DELETE 204', 'POST 202', 'PUT 201']);
  });

  test.each([404, 503])('is given up if the origin goes on with %d', async (status) => {
    const [origin, mirror] = [await bench.start(), await bench.start()];
    origin.faults.add({ effect: { kind: 'answer', status } });
    const blob = blobOf(randomBytes(1_000));
    const client = bench.client([origin, mirror]);
    const source = () => client.readBlob(repositoryIn(origin), blob);
    const error = await failureOf(client.writeBlob(repositoryIn(mirror), blob, source));
    expect(error).toMatchObject({ host: origin.host, status });
    expect(mirror.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('never stores what its origin sends wrong', async () => {
    const [origin, mirror] = [await bench.start(), await bench.start()];
    const blob = addBlob(origin.store, 'team/app', randomBytes(300_000), type);
    origin.faults.add({
      on: requestsTo('GET', '/blobs/'),
      times: 2,
      effect: { kind: 'corrupt', at: 5 },
    });
    const client = bench.client([origin, mirror]);
    const source = () => client.readBlob(repositoryIn(origin), blob);
    await client.writeBlob(repositoryIn(mirror), blob, source);
    const puts = mirror.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ status }) => status)).toEqual([0, 0, 201]);
    expect(puts.every(({ received }, at) => at === 2 || received < 300_000)).toBe(true);
  });
});

test('a token that is taken back during an upload is asked for again', async () => {
  const account = { username: 'robot', password: 'secret' };
  const tokens = new TokenService({ accounts: [account] });
  const mirror = await bench.start({ access: { scheme: 'bearer', tokens } });
  const client = bench.client([mirror], { credentials: () => Promise.resolve(account) });
  const blob = blobOf(randomBytes(300_000));
  mirror.faults.add({
    on: requestsTo('PUT', ''),
    times: 1,
    effect: () => {
      if (mirror.requests.at(-1) === first()) tokens.revokeAll();
      return undefined;
    },
  });
  const first = () => mirror.requests.find(({ method }) => method === 'PUT');
  await client.writeBlob(repositoryIn(mirror), blob, blob.source);
  expect(has(mirror, blob.digest)).toBe(true);
});

test('or during an upload in parts, which begins again', async () => {
  const account = { username: 'robot', password: 'secret' };
  const tokens = new TokenService({ accounts: [account] });
  const mirror = await bench.start({ access: { scheme: 'bearer', tokens } });
  const client = bench.clientWith(
    { [mirror.host]: { plainHttp: true, chunk: '64KiB' } },
    { credentials: () => Promise.resolve(account) },
  );
  const blob = blobOf(randomBytes(300_000));
  const headers = { 'www-authenticate': `Bearer realm="${mirror.url}/token"` };
  const effect = { kind: 'answer', status: 401, headers } as const;
  mirror.faults.add({ on: requestsTo('PATCH', ''), skip: 1, times: 1, effect });
  await client.writeBlob(repositoryIn(mirror), blob, blob.source);
  expect(has(mirror, blob.digest)).toBe(true);
  expect(blob.opened).toBe(2);
});

test('a repository that has to exist first is an error with its code', async () => {
  const mirror = await bench.start({ quirks: { closedRepositories: true } });
  const blob = blobOf(Buffer.from('x'));
  const error = await failureOf(
    bench.client([mirror]).writeBlob(repositoryIn(mirror), blob, blob.source),
  );
  expect(error).toMatchObject({ status: 404, code: 'NAME_UNKNOWN', isRetryable: false });
});

test('a source that is silent does not count as silence of the registry that is written to', async () => {
  const mirror = await bench.start();
  // An answer to what cancels an upload would end an outage.
  mirror.faults.add({ on: requestsTo('DELETE', ''), effect: { kind: 'cut' } });
  const client = bench.client([mirror], { timing: { stall: 1_000 } });
  const silentAfter = (milliseconds: number) => async () => {
    await sleep(milliseconds);
    throw new RegistryError('no answer', { host: 'source.example', code: 'ENOANSWER' });
  };
  const blobs = [blobOf(Buffer.from('a')), blobOf(Buffer.from('b'))];
  const uploads = blobs.map((blob, at) =>
    failureOf(client.writeBlob(repositoryIn(mirror), blob, silentAfter(100 + at * 2_200))),
  );
  for (const error of await Promise.all(uploads)) expect(error.host).toBe('source.example');
  client.requireReachable(mirror.host);
});
