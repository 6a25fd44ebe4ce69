import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { addBlob, addImage } from '../../../test/rig/registry/images.ts';
import { failureOf, RegistryBench, repositoryIn } from '../../../test/support/registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { Outage } from './outage.ts';

const bench = new RegistryBench();
afterEach(async () => {
  vi.useRealTimers();
  await bench.close();
});

const stall = 60_000;

function errorOf(code: string): RegistryError {
  return new RegistryError(`m.example: ${code}`, { host: 'm.example', code, isRetryable: true });
}

function errorAt(outage: Outage): unknown {
  try {
    outage.throwIfOut();
    return undefined;
  } catch (error) {
    return error;
  }
}

test('a registry that could not be reached is out for a minute, then for longer', () => {
  vi.useFakeTimers();
  const outage = new Outage(stall);
  for (const minutes of [1, 2, 4]) {
    outage.noteFailure(errorOf('ECONNREFUSED'));
    vi.advanceTimersByTime(minutes * 60_000 - 1);
    expect(errorAt(outage)).toMatchObject({ code: 'ECONNREFUSED', isRetryable: false });
    vi.advanceTimersByTime(1);
    expect(errorAt(outage)).toBeUndefined();
  }
  outage.answered();
  outage.noteFailure(errorOf('ECONNREFUSED'));
  vi.advanceTimersByTime(60_000);
  expect(errorAt(outage)).toBeUndefined();
});

test('other errors are about one request', () => {
  const outage = new Outage(stall);
  outage.noteFailure(errorOf('MANIFEST_UNKNOWN'));
  outage.noteFailure(errorOf('ETRUNCATED'));
  outage.noteAttempt(errorOf('ECONNRESET'), performance.now());
  expect(errorAt(outage)).toBeUndefined();
});

test('silence counts from the last answer, and not from the start of a long upload', () => {
  vi.useFakeTimers();
  const outage = new Outage(stall);
  const upload = performance.now();
  vi.advanceTimersByTime(3_600_000);
  outage.noteAttempt(errorOf('ENOANSWER'), upload);
  expect(errorAt(outage)).toBeUndefined();
  outage.answered();
  vi.advanceTimersByTime(stall);
  outage.noteAttempt(errorOf('ENOANSWER'), upload);
  expect(errorAt(outage)).toBeUndefined();
  vi.advanceTimersByTime(stall);
  outage.noteAttempt(errorOf('ENOANSWER'), performance.now() - stall);
  expect(errorAt(outage)).toMatchObject({ code: 'ENOANSWER' });
});

/** Starts a server that takes connections, and never answers. */
async function startSilent(): Promise<{ readonly host: string; connections(): number }> {
  let count = 0;
  const server: Server = createServer((socket) => {
    count++;
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  bench.onClose(() => server.close());
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => count,
  };
}

test('a registry that is silent costs two silences, however many requests wait for it', async () => {
  const silent = await startSilent();
  const client = bench.client([silent], { timing: { stall: 200 } });
  const started = performance.now();
  const errors = await Promise.all(
    Array.from({ length: 500 }, (_, at) =>
      failureOf(client.headManifest(repositoryIn(silent, `app-${at}`), '1')),
    ),
  );
  // Without an outage, they take more than 20 s and 1,000 connections.
  expect(performance.now() - started).toBeLessThan(8_000);
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['ENOANSWER']));
  expect(silent.connections()).toBeLessThan(100);
});

test('a registry that answers other requests is not out because of one that hangs', async () => {
  const registry = await bench.start();
  addImage(registry.store, 'team/app', { tag: '1' });
  registry.faults.add({
    on: ({ path }) => path.endsWith('/hangs'),
    effect: { kind: 'delay', milliseconds: 5_000 },
  });
  const client = bench.client([registry], { timing: { stall: 200 } });
  const hanging = failureOf(client.headManifest(repositoryIn(registry), 'hangs'));
  let isOver = false;
  const over = hanging.then((error) => {
    isOver = true;
    return error;
  });
  while (!isOver) {
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect((await over).code).toBe('ENOANSWER');
  expect(registry.requests.filter(({ path }) => path.endsWith('/hangs'))).toHaveLength(3);
});

test.each(['blob', 'token'])('an error names the host of a %s that is silent', async (what) => {
  const silent = await startSilent();
  const url = `http://${silent.host}`;
  const registry = await bench.start();
  const blob = addBlob(registry.store, 'team/app', 'some bytes', 'x/y');
  if (what === 'blob') registry.quirks.blobsAt = url;
  else
    registry.faults.add({
      effect: {
        kind: 'answer',
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="${url}/token"` },
      },
    });
  const client = bench.client([registry], { timing: { stall: 200 } });
  const error = await failureOf(client.readBlob(repositoryIn(registry), blob));
  expect(error.message).toMatch(
    new RegExp(`^${registry.host}: .*: it leads to ${silent.host}: no answer for 0\\.2 s$`),
  );
});
