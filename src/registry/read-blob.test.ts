import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Effect } from '../../test/rig/registry/faults.ts';
import { requestsTo } from '../../test/rig/registry/faults.ts';
import { addBlob } from '../../test/rig/registry/images.ts';
import type { Quirks } from '../../test/rig/registry/quirks.ts';
import { failureOf, RegistryBench, repositoryIn } from '../../test/support/registry-client.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

const isBlob = requestsTo('GET', '/blobs/');

async function startWith(bytes: Buffer, quirks: Quirks = {}) {
  const registry = await bench.start({ quirks });
  const blob = addBlob(registry.store, 'team/app', bytes, 'x/y');
  return { registry, blob, repository: repositoryIn(registry) };
}

describe('a blob that breaks off', () => {
  const cut: Effect = { kind: 'cut-answer', after: 200_000 };

  test.each<[string, Quirks, Effect]>([
    ['goes on where it broke', {}, cut],
    ['goes on if the connection stays open and silent', {}, { kind: 'stall', after: 200_000 }],
    ['is asked for again if it is announced shorter', {}, { kind: 'truncate', after: 200_000 }],
    ['is read from the start if the registry has no ranges', { noRange: true }, cut],
  ])('%s', async (_, quirks, effect) => {
    const bytes = randomBytes(500_000);
    const { registry, blob, repository } = await startWith(bytes, quirks);
    registry.faults.add({ on: isBlob, times: 1, effect });
    const stall = effect.kind === 'stall' ? 1_000 : 30_000;
    const client = bench.client([registry], { timing: { stall } });
    expect((await buffer(await client.readBlob(repository, blob))).equals(bytes)).toBe(true);
    expect(registry.requests).toHaveLength(2);
    const range = effect.kind === 'truncate' ? /^$/ : /^bytes=[1-9]\d+-$/;
    expect(registry.requests[1]?.headers.range ?? '').toMatch(range);
    expect(bench.retries()).toHaveLength(1);
  });

  test('fails so that it can be read again if the registry refuses ranges', async () => {
    const { registry, blob, repository } = await startWith(randomBytes(500_000), {
      refusesRange: true,
    });
    registry.faults.add({ on: isBlob, times: 1, effect: cut });
    const client = bench.client([registry]);
    const error = await failureOf(buffer(await client.readBlob(repository, blob)));
    expect(error).toMatchObject({ code: 'RANGE_INVALID', isRetryable: true });
  });

  test('fails if that goes on without a byte', async () => {
    const { registry, blob, repository } = await startWith(randomBytes(500_000));
    registry.faults.add({ on: isBlob, times: 1, effect: cut });
    registry.faults.add({ on: isBlob, effect: { kind: 'cut-answer', after: 0 } });
    const client = bench.client([registry]);
    const error = await failureOf(buffer(await client.readBlob(repository, blob)));
    expect(error.isRetryable).toBe(true);
    expect(registry.requests.length).toBeLessThan(60);
  });
});

describe('a blob with', () => {
  test('another byte fails before its last bytes', async () => {
    const { registry, blob, repository } = await startWith(randomBytes(200_000));
    registry.faults.add({ on: isBlob, effect: { kind: 'corrupt', at: 7 } });
    const stream = await bench.client([registry]).readBlob(repository, blob);
    let size = 0;
    const error = await failureOf(
      (async () => {
        for await (const chunk of stream) size += chunk.length;
      })(),
    );
    expect(error).toMatchObject({ code: 'DIGEST_INVALID', isRetryable: true });
    expect(error.message).toContain('its bytes have the digest sha256:');
    expect(size).toBeLessThan(200_000);
  });

  test.each([
    ['more', -1],
    ['fewer', 1],
  ])('%s bytes than its descriptor says fails at once', async (_, difference) => {
    const { registry, blob, repository } = await startWith(randomBytes(1_000));
    const wrong = { ...blob, size: blob.size + difference };
    const error = await failureOf(bench.client([registry]).readBlob(repository, wrong));
    expect(error.message).toContain(`it has 1000 bytes instead of ${wrong.size}`);
  });

  test('no bytes is read as well', async () => {
    const { registry, blob, repository } = await startWith(Buffer.alloc(0));
    const stream = await bench.client([registry]).readBlob(repository, blob);
    expect(await buffer(stream)).toHaveLength(0);
  });

  test('a digest that nobody can check is not read', async () => {
    const { registry, repository } = await startWith(Buffer.from('x'));
    const blob = { digest: 'md5:abc', size: 1 };
    registry.faults.add({ effect: { kind: 'answer', status: 200, body: 'x' } });
    const error = await failureOf(bench.client([registry]).readBlob(repository, blob).then(buffer));
    expect(error.code).toBe('DIGEST_INVALID');
  });
});

test('a blob that is not there is an error', async () => {
  const { registry, repository } = await startWith(Buffer.from('x'));
  const blob = { digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  const error = await failureOf(bench.client([registry]).readBlob(repository, blob));
  expect(error).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN', isRetryable: false });
});

test('a reader that is slower than the stall limit is waited for', async () => {
  const bytes = randomBytes(3_000_000);
  const { registry, blob, repository } = await startWith(bytes);
  const client = bench.client([registry], { timing: { stall: 1_000 } });
  const stream = await client.readBlob(repository, blob);
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (chunks.length === 2) await sleep(1_500);
    chunks.push(chunk);
  }
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  expect(registry.requests).toHaveLength(1);
});

test('a stream that nobody reads gives its place and its connection back', async () => {
  let open = 0;
  const server = createServer((_, response) => {
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    response.writeHead(200).write(Buffer.alloc(100_000));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  bench.onClose(() => server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = bench.client([{ host }]);
  const blob = { digest: `sha256:${'0'.repeat(64)}`, size: 1_000_000 };
  for (let round = 0; round < 20; round++)
    (await client.readBlob(repositoryIn({ host }), blob)).destroy();
  await expect.poll(() => open).toBe(0);
});

test('a rate limits all blobs together', async () => {
  const { registry, blob, repository } = await startWith(randomBytes(200_000));
  const client = bench.client([registry], { maxRate: 800_000 });
  const start = performance.now();
  const read = async () => buffer(await client.readBlob(repository, blob));
  await Promise.all([read(), read()]);
  // 400,000 bytes take half a second; the last part need not be waited for.
  expect(performance.now() - start).toBeGreaterThan(250);
});

test('closing the client ends what is under way', async () => {
  const { registry, blob, repository } = await startWith(randomBytes(1_000_000));
  registry.faults.add({ on: isBlob, effect: { kind: 'stall', after: 100_000 } });
  const client = bench.client([registry], { timing: { stall: 60_000 } });
  const reading = buffer(await client.readBlob(repository, blob));
  setTimeout(() => client.close(), 50);
  await expect(reading).rejects.toThrow();
});
