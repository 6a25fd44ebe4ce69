import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { json, type ScriptedApi, startScriptedApi } from '../../test/support/scripted-api.ts';
import { reportEvent } from './config-map-event.ts';

let server: ScriptedApi;
beforeEach(async () => {
  server = await startScriptedApi();
});
afterEach(() => server.stop());

const configMap = { namespace: 'team', name: 'rules', uid: 'u' };
const broken = { type: 'Warning', reason: 'RulesInvalid', lines: ['1:1 no'] } as const;
const exists = json({ reason: 'AlreadyExists' }, 409);
const event = (minutes: number) => ({
  metadata: { resourceVersion: '7' },
  message: '1:1 no',
  lastTimestamp: new Date(Date.now() - minutes * 60_000).toISOString(),
  count: 1,
});

/** Reports what is broken, and returns what the API server was sent, by method. */
async function report(...stored: readonly object[]): Promise<Record<string, unknown>> {
  const sent: Record<string, unknown> = {};
  const keep = async (response: ServerResponse, request: IncomingMessage) => {
    const text = Buffer.concat(await request.toArray()).toString();
    sent[request.method ?? ''] = text === '' ? '' : JSON.parse(text);
    const answer = request.method === 'POST' ? exists : json(stored[0] ?? {});
    answer(response, request);
  };
  server.answer(keep, keep, keep);
  await reportEvent(server.api, configMap, broken);
  return sent;
}

test('what happens again is counted in its Event, with the time', async () => {
  const before = event(25);
  const { PUT } = await report(before);
  expect(PUT).toEqual({ ...before, count: 2, lastTimestamp: expect.any(String) });
  const { lastTimestamp } = PUT as typeof before;
  expect(Date.now() - Date.parse(lastTimestamp)).toBeLessThan(10_000);
});

test('what another replica has just reported is not counted twice', async () => {
  expect(Object.keys(await report(event(1)))).toEqual(['POST', 'GET']);
});

test('another replica may be faster', async () => {
  server.answer(exists, json(event(25)), json({ message: 'changed' }, 409));
  await reportEvent(server.api, configMap, broken);
  expect(server.asked).toHaveLength(3);
});
