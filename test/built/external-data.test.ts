import { request } from 'node:https';
import { expect, test } from 'vitest';
import { startProgram } from '../rig/program.ts';
import { send } from '../support/test-server.ts';

const body = JSON.stringify({
  apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
  kind: 'ProviderRequest',
  request: { keys: ['direct.to/busybox'] },
});

test.each([
  [[], 404],
  [['--external-data'], 200],
])('detour serve %j answers Gatekeeper with %i', async (args, expected) => {
  const program = await startProgram({}, { args });
  const { url, agent } = program;
  const headers = { 'content-type': 'application/json' };
  const asked = request(new URL('/external-data', url), { method: 'POST', agent, headers });
  const { status, body: answer } = await send(asked, body);
  await program.stop();
  expect(status).toBe(expected);
  if (expected === 200)
    expect(JSON.parse(answer).response.items).toEqual([
      { key: 'direct.to/busybox', value: 'busybox' },
    ]);
});
