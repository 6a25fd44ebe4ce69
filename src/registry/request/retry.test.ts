import { afterEach, describe, expect, test } from 'vitest';
import type { Effect } from '../../../test/rig/registry/faults.ts';
import { addImage } from '../../../test/rig/registry/images.ts';
import { failureOf, RegistryBench, repositoryIn } from '../../../test/support/registry-client.ts';
import { ByteRate } from './byte-rate.ts';
import { retryAfterOf } from './headers.ts';
import { HostLimit } from './host-limit.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

async function startWith(effect: Effect, times = 2) {
  const registry = await bench.start();
  const { digest } = addImage(registry.store, 'team/app', { tag: '1' });
  registry.faults.add({ times, effect });
  return { registry, digest, client: bench.client([registry]), repository: repositoryIn(registry) };
}

const answer = (status: number, headers = {}, body = ''): Effect => ({
  kind: 'answer',
  status,
  headers,
  body,
});

test('a registry that sends a byte now and then is given up', async () => {
  const { registry, digest, repository } = await startWith({ kind: 'slow', rate: 20 }, 1);
  const client = bench.client([registry], { timing: { stall: 300 } });
  expect(await client.getManifest(repository, '1')).toMatchObject({ digest });
  expect(bench.retries()).toEqual([expect.stringContaining('the answer took over')]);
});

describe('a request is repeated', () => {
  test.each<[string, Effect]>([
    ['after 429', answer(429)],
    ['after 500', answer(500)],
    ['after 502 of a proxy', answer(502, {}, '<html>Bad Gateway</html>')],
    ['after 503', answer(503)],
    ['after 504', answer(504)],
    ['if the connection breaks', { kind: 'cut' }],
  ])('%s', async (_, effect) => {
    const { registry, digest, client, repository } = await startWith(effect);
    expect(await client.getManifest(repository, '1')).toMatchObject({ digest });
    expect(bench.retries()).toHaveLength(2);
    expect(registry.requests.length).toBeGreaterThanOrEqual(3);
  });

  test('not before the time that the registry asks for', async () => {
    const { client, repository } = await startWith(answer(429, { 'retry-after': '0.4' }), 1);
    const start = performance.now();
    await client.getManifest(repository, '1');
    expect(performance.now() - start).toBeGreaterThan(390);
  });

  test('not if the registry asks for hours', async () => {
    const { registry, client, repository } = await startWith(
      answer(429, { 'retry-after': '7200' }),
    );
    const error = await failureOf(client.getManifest(repository, '1'));
    expect(error).toMatchObject({ status: 429, isRetryable: true, retryAfter: 7_200_000 });
    expect(registry.requests).toHaveLength(1);
  });

  test('not for ever', async () => {
    const { registry, client, repository } = await startWith(answer(503), 100);
    expect((await failureOf(client.getManifest(repository, '1'))).status).toBe(503);
    expect(registry.requests).toHaveLength(6);
  });

  test.each([400, 401, 403, 404, 405, 409, 410, 413])('not after %d', async (status) => {
    const { registry, client, repository } = await startWith(answer(status), 100);
    await client.getManifest(repository, '1').catch(() => undefined);
    expect(registry.requests).toHaveLength(1);
  });

  test("not if Docker Hub's pulls are used up", async () => {
    const message =
      'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit';
    const body = JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message }] });
    const { registry, client, repository } = await startWith(answer(429, {}, body), 100);
    const error = await failureOf(client.getManifest(repository, '1'));
    expect(error).toMatchObject({ code: 'TOOMANYREQUESTS', isRateLimit: true });
    expect(error.message).toContain('docker login');
    expect(registry.requests).toHaveLength(1);
  });

  test('not if there is no such host', async () => {
    const client = bench.clientWith({});
    const start = performance.now();
    const error = await failureOf(
      client.getManifest({ registry: 'nowhere.invalid', name: 'x' }, '1'),
    );
    expect(error.code).toMatch(/ENOTFOUND|EAI_AGAIN/);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test('if a registry stays silent', async () => {
    const { registry, digest, repository } = await startWith(
      { kind: 'delay', milliseconds: 20_000 },
      1,
    );
    const client = bench.client([registry], { timing: { stall: 1_000 } });
    expect(await client.getManifest(repository, '1')).toMatchObject({ digest });
    expect(bench.retries()[0]).toContain('no answer for 1 s');
  });
});

test('Retry-After is a number of seconds or a date', () => {
  expect(retryAfterOf({ 'retry-after': '3' })).toBe(3_000);
  const date = new Date(Date.now() + 60_000).toUTCString();
  expect(retryAfterOf({ 'retry-after': date })).toBeGreaterThan(50_000);
  expect(retryAfterOf({ 'retry-after': new Date(0).toUTCString() })).toBe(0);
  expect(retryAfterOf({ 'retry-after': 'soon' })).toBeUndefined();
  expect(retryAfterOf({})).toBeUndefined();
});

describe('the limit of a host', () => {
  async function fill(limit: HostLimit, count: number) {
    let entered = 0;
    const places = Array.from({ length: count }, () => {
      const place = limit.enter();
      void place.then(() => {
        entered += 1;
      });
      return place;
    });
    await new Promise(setImmediate);
    return { entered: () => entered, places };
  }

  test('lets a few in at once, and the next as places are given back', async () => {
    const { entered, places } = await fill(new HostLimit(new AbortController().signal), 30);
    expect(entered()).toBe(16);
    const leave = await places[0];
    leave?.();
    leave?.();
    await new Promise(setImmediate);
    expect(entered()).toBe(17);
  });

  test('grows while it goes well, and is halved at a sign of overload', async () => {
    const limit = new HostLimit(new AbortController().signal);
    for (let at = 0; at < 100; at++) limit.succeeded();
    const grown = await fill(limit, 100);
    expect(grown.entered()).toBeGreaterThan(19);
    const before = grown.entered();
    for (const leave of await Promise.all(grown.places.slice(0, before))) leave();
    const other = new HostLimit(new AbortController().signal);
    for (let at = 0; at < 5; at++) other.overloaded();
    expect((await fill(other, 100)).entered()).toBe(8);
  });

  test('has an end', async () => {
    const limit = new HostLimit(new AbortController().signal);
    for (let at = 0; at < 100_000; at++) limit.succeeded();
    expect((await fill(limit, 200)).entered()).toBe(64);
  });
});

test('a pause that a registry asks for is kept by all requests', async () => {
  const { client, repository } = await startWith(answer(429, { 'retry-after': '2' }), 1);
  const first = client.headManifest(repository, '1');
  await new Promise((resolve) => setTimeout(resolve, 700));
  const start = performance.now();
  await client.headManifest(repository, '1');
  expect(performance.now() - start).toBeGreaterThan(800);
  await first;
});

test('a pause is kept by requests that waited for a place before it', async () => {
  const limit = new HostLimit(new AbortController().signal);
  const places = await Promise.all(Array.from({ length: 16 }, () => limit.enter()));
  const start = performance.now();
  const waiting = limit.enter();
  limit.overloaded(300);
  for (const leave of places) leave();
  await waiting;
  expect(performance.now() - start).toBeGreaterThan(250);
});

test('a rate of bytes is kept by all together', async () => {
  const rate = new ByteRate(1_000_000);
  const start = performance.now();
  for (let at = 0; at < 5; at++) await rate.take(50_000);
  expect(performance.now() - start).toBeGreaterThan(190);
});
