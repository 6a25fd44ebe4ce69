import { afterEach, describe, expect, test } from 'vitest';
import { addBlob, addImage } from '../../test/rig/registry/images.ts';
import { TokenService } from '../../test/rig/registry/token-service.ts';
import { failureOf, RegistryBench, repositoryIn } from '../../test/support/registry-client.ts';
import { errorOf } from './error-answer.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

const asked = { repository: { registry: 'r.example', name: 'app' }, what: 'GET manifest app:1' };

function messageOf(
  status: number,
  body: string,
  more: Partial<Parameters<typeof errorOf>[1]> = {},
) {
  const answer = { status, headers: {}, body: Buffer.from(body), secrets: [], hadLogin: false };
  return errorOf(asked, { ...answer, ...more }).message;
}

describe('an error', () => {
  test.each([
    [
      404,
      '{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}',
      '404 NAME_UNKNOWN: no such repository',
    ],
    [400, '{"errors":[{"code":"UNSUPPORTED","detail":"not here"}]}', '400 UNSUPPORTED: not here'],
    [400, '{"errors":[]}', '400'],
    [400, '{"errors":"x","message":"plain"}', '400 plain'],
    [400, '{"error":"invalid_scope"}', '400 invalid_scope'],
    [502, '<html><body>Bad Gateway</body></html>', '502'],
    [400, 'just text', '400 just text'],
    [400, '', '400'],
    [400, 'null', '400 null'],
    [400, '[1]', '400'],
  ])('with status %d and %s says what the registry says', (status, body, expected) => {
    expect(messageOf(status, body)).toBe(`r.example: GET manifest app:1: ${expected}`);
  });

  test('has no more of it than fits a line, and nothing that steers a terminal', () => {
    const message = messageOf(400, `\u001b[31mred\u0000\n\u202e${'x'.repeat(70_000)}`);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(message.length).toBeLessThan(400);
  });

  test('repeats no secret of its request, whatever the registry sends back', () => {
    const message = messageOf(400, 'you sent tok-123456789 and tok-123456789', {
      secrets: ['tok-123456789'],
    });
    expect(message).toContain('you sent *** and ***');
  });

  test('about a login says how to log in, or that this one is not enough', () => {
    expect(messageOf(401, '')).toContain('docker login r.example');
    expect(messageOf(403, '')).toContain('docker login r.example');
    expect(messageOf(403, '', { hadLogin: true })).toContain('this login has no access to it');
    const hub = { ...asked, repository: { registry: 'docker.io', name: 'library/x' } };
    const answer = {
      status: 401,
      headers: {},
      body: Buffer.alloc(0),
      secrets: [],
      hadLogin: false,
    };
    expect(errorOf(hub, answer).message).toMatch(/: docker login\)$/);
  });
});

test('a token and a password that a registry echoes are not in errors or events', async () => {
  const account = { username: 'robot', password: 'a-password-of-the-robot' };
  const tokens = new TokenService({ accounts: [account] });
  const registry = await bench.start({ access: { scheme: 'bearer', tokens } });
  const client = bench.client([registry], { credentials: () => Promise.resolve(account) });
  addImage(registry.store, 'team/app', { tag: '1' });
  await client.headManifest(repositoryIn(registry), '1');
  const body = JSON.stringify({ errors: [{ code: 'X', message: `no ${tokens.issued[0]}` }] });
  registry.faults.add({ effect: { kind: 'answer', status: 400, body } });
  const error = await failureOf(client.getManifest(repositoryIn(registry), '1'));
  expect(error.message).toContain('no ***');
  const seen = JSON.stringify([error, error.stack, error.cause, bench.events]);
  for (const secret of [account.password, ...tokens.issued]) expect(seen).not.toContain(secret);
});

test('the query of a URL, which may be a signature, is not in errors or events', async () => {
  const registry = await bench.start();
  const location = `${registry.url}/elsewhere?signature=secret-signature`;
  registry.faults.add({
    times: 1,
    effect: { kind: 'answer', status: 307, headers: { location } },
  });
  const client = bench.client([registry]);
  const blob = { digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  const error = await failureOf(client.readBlob(repositoryIn(registry), blob));
  expect(registry.requests.at(-1)?.url).toContain('signature');
  expect(JSON.stringify([error, error.stack, bench.events])).not.toContain('secret-signature');
});

test('rate limits and warnings are reported', async () => {
  const registry = await bench.start({
    quirks: { warning: 'this repository moves', remainingPulls: 20 },
  });
  addImage(registry.store, 'team/app', { tag: '1' });
  await bench.client([registry]).getManifest(repositoryIn(registry), '1');
  expect(bench.events).toContainEqual({
    type: 'warning',
    registry: registry.host,
    text: 'this repository moves',
  });
  expect(bench.events).toContainEqual(
    expect.objectContaining({ type: 'rate-limit', registry: registry.host, window: 21_600 }),
  );
});

test('many copies within one registry do not wait for one another for ever', async () => {
  const registry = await bench.start();
  const client = bench.clientWith({
    [registry.host]: { plainHttp: true },
    [`${registry.host}/parts`]: { chunk: '1KiB' },
  });
  const from = repositoryIn(registry, 'from');
  const copies = Array.from({ length: 100 }, (_, at) => {
    const blob = addBlob(registry.store, 'from', `${at} ${'x'.repeat(4_000)}`, 'x/y');
    const to = repositoryIn(registry, at % 2 === 0 ? 'whole' : 'parts');
    return client.writeBlob(to, blob, () => client.readBlob(from, blob));
  });
  expect(await Promise.all(copies)).toHaveLength(100);
});
