import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  json,
  type ScriptedApi,
  startScriptedApi,
  stream,
} from '../../test/support/scripted-api.ts';

let server: ScriptedApi;
beforeEach(async () => {
  server = await startScriptedApi();
});
afterEach(() => server.stop());

describe('the connection', () => {
  test('is kept: requests that follow each other share one', async () => {
    server.answer(json({}), json({ message: 'no' }, 403), json({}));
    await server.api.get('/a');
    const [first] = server.sockets;
    await expect(server.api.get('/b')).rejects.toThrow('no');
    await server.api.update('/c', {});
    expect([...server.sockets]).toEqual([first]);
    expect(server.asked.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
    ]);
  });

  test('is opened again if the API server closes it while it rests', async () => {
    server.answer(json({}), (_, { socket }) => socket.destroy(), json({ kind: 'Secret' }));
    await server.api.get('/a');
    expect((await server.api.get('/b')).object).toEqual({ kind: 'Secret' });
    expect(server.asked.map(({ path }) => path)).toEqual(['/a', '/b', '/b']);
  });

  test('is not opened again if the API server closes a new one', async () => {
    server.answer((_, { socket }) => socket.destroy());
    await expect(server.api.get('/a')).rejects.toThrow('socket hang up');
    expect(server.asked).toHaveLength(1);
  });

  test('is another one while a watch is open', async () => {
    server.answer(json({}), stream(''), json({}));
    await server.api.get('/a');
    const watch = new AbortController();
    const answer = await server.api.stream('/watch', 'application/json', watch.signal);
    answer.on('error', () => undefined);
    await server.api.get('/b');
    expect(server.sockets.size).toBe(2);
    watch.abort();
  });
});

test.each([
  ['sends nothing', () => undefined],
  ['sends half of its answer', stream('{"kind":')],
])('an API server that %s is reported as such', async (_, answer) => {
  server.stop();
  server = await startScriptedApi({ timeout: 300 });
  server.answer(answer);
  await expect(server.api.get('/a')).rejects.toThrow(
    'the Kubernetes API has not answered within 0.3 s',
  );
});

test('the time is that of the API server', async () => {
  expect(Math.abs(server.api.now() - Date.now())).toBeLessThan(1_000);
  const then = new Date(Date.now() - 40 * 24 * 60 * 60 * 1000);
  server.answer((response) => {
    response.writeHead(200, { date: then.toUTCString() });
    response.end('{}');
  });
  await server.api.get('/a');
  expect(Math.abs(server.api.now() - then.getTime())).toBeLessThan(5_000);
});
