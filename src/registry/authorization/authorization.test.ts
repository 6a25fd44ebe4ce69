import { afterEach, describe, expect, test } from 'vitest';
import { requestsTo } from '../../../test/rig/registry/faults.ts';
import { startTokenHost } from '../../../test/rig/registry/hosts.ts';
import { addImage } from '../../../test/rig/registry/images.ts';
import type { RegistryOptions } from '../../../test/rig/registry/registry.ts';
import { TokenService } from '../../../test/rig/registry/token-service.ts';
import { failureOf, RegistryBench, repositoryIn } from '../../../test/support/registry-client.ts';
import type { Credentials } from '../credentials/credentials.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

const robot = { username: 'robot', password: 'a-secret-of-the-robot' };
const loggedIn = { credentials: () => Promise.resolve(robot) };
const isPull = (_: string, action: string) => action === 'pull';

async function startWith(access: RegistryOptions['access']) {
  const registry = await bench.start({ ...(access && { access }) });
  for (const name of ['team/app', 'other/app']) addImage(registry.store, name, { tag: '1' });
  return registry;
}

function tokensAsked({ requests }: { requests: readonly { path: string; url: string }[] }) {
  return requests
    .filter(({ path }) => path === '/token')
    .map(({ url }) => new URLSearchParams(url.replace(/^[^?]*/, '')));
}

describe('a token', () => {
  test('is asked for once for many requests at a time, and kept', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const client = bench.client([registry], loggedIn);
    const head = () => client.headManifest(repositoryIn(registry), '1');
    await Promise.all([head(), head(), head(), head()]);
    await head();
    expect(tokensAsked(registry)).toHaveLength(1);
    expect(tokensAsked(registry)[0]?.get('service')).toBe('registry, for tests');
    expect(tokensAsked(registry)[0]?.get('scope')).toBe('repository:team/app:pull');
    await head();
    expect(registry.requests.at(-1)).toMatchObject({ status: 200 });
  });

  test('is for one repository', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const client = bench.client([registry], loggedIn);
    await client.headManifest(repositoryIn(registry), '1');
    await client.headManifest(repositoryIn(registry, 'other/app'), '1');
    await client.headManifest(repositoryIn(registry), '1');
    expect(tokensAsked(registry).map((query) => query.get('scope'))).toEqual([
      'repository:team/app:pull',
      'repository:other/app:pull',
    ]);
  });

  test('to write serves to read', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const client = bench.client([registry], loggedIn);
    const manifest = await client.getManifest(repositoryIn(registry), '1');
    await client.putManifest(repositoryIn(registry), '2', manifest!);
    await client.headManifest(repositoryIn(registry), '2');
    expect(tokensAsked(registry)).toHaveLength(2);
  });

  test('is needed by nobody in particular as well', async () => {
    const registry = await startWith({
      scheme: 'bearer',
      tokens: new TokenService({ anybodyMay: isPull }),
    });
    const client = bench.client([registry]);
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
    expect(registry.requests.find(({ path }) => path === '/token')?.headers.authorization).toBe(
      undefined,
    );
  });

  test('may be called access_token', async () => {
    const tokens = new TokenService({ accounts: [robot], field: 'access_token' });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const client = bench.client([registry], loggedIn);
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
  });

  test('that is taken back is asked for again, once', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const client = bench.client([registry], loggedIn);
    await client.headManifest(repositoryIn(registry), '1');
    tokens.revokeAll();
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
    expect(tokensAsked(registry)).toHaveLength(2);
  });

  test('is not used for its last moments', async () => {
    const tokens = new TokenService({ accounts: [robot], lifetime: 3 });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const client = bench.client([registry], loggedIn);
    await client.headManifest(repositoryIn(registry), '1');
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    await client.headManifest(repositoryIn(registry), '1');
    // No request was refused but the first.
    const refused = registry.requests.filter(({ status }) => status === 401);
    expect(refused).toHaveLength(1);
    expect(tokensAsked(registry)).toHaveLength(2);
  });

  test('is asked for again if the token service fails for a moment', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const registry = await startWith({ scheme: 'bearer', tokens });
    registry.faults.add({
      on: requestsTo('GET', '/token'),
      times: 2,
      effect: { kind: 'answer', status: 503 },
    });
    const client = bench.client([registry], loggedIn);
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
    expect(bench.retries()).toHaveLength(2);
  });
});

describe('an identity token', () => {
  test('goes to the token service by POST, in the body', async () => {
    const identity = 'identity-token-of-the-robot';
    const tokens = new TokenService({ accounts: [{ ...robot, identityToken: identity }] });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const credentials = () => Promise.resolve<Credentials>({ identityToken: identity });
    const client = bench.client([registry], { credentials });
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'HEAD']);
    expect(registry.requests.every(({ url }) => !url.includes('identity'))).toBe(true);
  });
});

describe('the challenge', () => {
  test('may offer other schemes first', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const challenges = (bearer: string) => ['Negotiate', 'Basic realm="x, y"', bearer];
    const registry = await startWith({ scheme: 'bearer', tokens, challenges });
    const client = bench.client([registry], loggedIn);
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
    expect(tokensAsked(registry)).toHaveLength(1);
  });

  test('for a password gets it with each request from then on', async () => {
    const registry = await startWith({ scheme: 'basic', accounts: [robot] });
    const client = bench.client([registry], loggedIn);
    await client.headManifest(repositoryIn(registry), '1');
    await client.headManifest(repositoryIn(registry, 'other/app'), '1');
    expect(registry.requests.map(({ status }) => status)).toEqual([401, 200, 200]);
  });

  test('for a password that is wrong is not answered twice', async () => {
    const registry = await startWith({ scheme: 'basic', accounts: [robot] });
    const credentials = () => Promise.resolve({ ...robot, password: 'another-secret' });
    const client = bench.client([registry], { credentials });
    const error = await failureOf(client.headManifest(repositoryIn(registry), '1'));
    expect(error).toMatchObject({ status: 401, isRetryable: false });
    expect(registry.requests).toHaveLength(2);
    await failureOf(client.headManifest(repositoryIn(registry), '1'));
    expect(registry.requests).toHaveLength(3);
  });

  test('may name scopes that nobody would guess', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const challenges = (bearer: string) => bearer.replace(/scope="[^"]*"/, 'scope="aws"');
    const registry = await startWith({ scheme: 'bearer', tokens, challenges });
    const client = bench.client([registry], loggedIn);
    await client.headManifest(repositoryIn(registry), '1');
    const [asked] = tokensAsked(registry);
    expect(asked?.getAll('scope')).toEqual(['repository:team/app:pull', 'aws']);
  });
});

describe('a login', () => {
  test.each([
    ['over HTTP to another host', 'http://evil.example/token'],
    ['where no address is', ''],
    ['by another protocol', 'ftp://127.0.0.1/token'],
  ])('is not sent %s', async (_, realm) => {
    const tokens = new TokenService({ accounts: [robot] });
    const registry = await startWith({ scheme: 'bearer', tokens, realm });
    const client = bench.client([registry], loggedIn);
    const error = await failureOf(client.headManifest(repositoryIn(registry), '1'));
    expect(error.message).toContain('a login is sent over HTTPS only');
  });

  test('goes to a token service on another port of a plain HTTP registry', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const host = await startTokenHost(tokens);
    bench.onClose(() => host.close());
    const registry = await startWith({ scheme: 'bearer', tokens, realm: `${host.url}/token` });
    const client = bench.client([registry], loggedIn);
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
    expect(host.requests).toHaveLength(1);
  });

  test('does not follow a redirect of the token service', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const other = await startTokenHost(tokens);
    bench.onClose(() => other.close());
    const registry = await startWith({ scheme: 'bearer', tokens });
    const headers = { location: `${other.url}/token` };
    registry.faults.add({
      on: requestsTo('GET', '/token'),
      effect: { kind: 'answer', status: 307, headers },
    });
    const client = bench.client([registry], loggedIn);
    const error = await failureOf(client.headManifest(repositoryIn(registry), '1'));
    expect(error.status).toBe(307);
    expect(other.requests).toHaveLength(0);
  });

  test('may be another one for each path', async () => {
    const accounts = [
      { ...robot, may: (name: string) => name.startsWith('team/') },
      { username: 'other', password: 'b', may: (name: string) => name.startsWith('other/') },
    ];
    const registry = await startWith({ scheme: 'bearer', tokens: new TokenService({ accounts }) });
    const client = bench.client([registry], {
      credentials: ({ name }) => Promise.resolve(name.startsWith('team/') ? robot : accounts[1]),
    });
    expect(await client.headManifest(repositoryIn(registry), '1')).toBeDefined();
    expect(await client.headManifest(repositoryIn(registry, 'other/app'), '1')).toBeDefined();
  });

  test('that is missing is asked for', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const error = await failureOf(
      bench.client([registry]).headManifest(repositoryIn(registry), '1'),
    );
    expect(error).toMatchObject({ status: 401, isRetryable: false });
    expect(error.message).toContain(`docker login ${registry.host}`);
  });

  test('is asked for as often as other things, and not as often again for each try', async () => {
    const registry = await startWith({ scheme: 'bearer', tokens: new TokenService({}) });
    registry.faults.add({ on: requestsTo('GET', '/token'), effect: { kind: 'cut' } });
    const client = bench.client([registry]);
    await failureOf(client.getManifest(repositoryIn(registry), '1'));
    expect(bench.tokenRequests()).toBe(6);
  });

  test('that the token service refuses is reported without it', async () => {
    const tokens = new TokenService({ accounts: [robot] });
    const registry = await startWith({ scheme: 'bearer', tokens });
    const password = 'a-password-that-is-wrong';
    registry.faults.add({
      on: requestsTo('GET', '/token'),
      effect: {
        kind: 'answer',
        status: 401,
        body: JSON.stringify({
          errors: [{ code: 'UNAUTHORIZED', message: `no ${password} here` }],
        }),
      },
    });
    const credentials = () => Promise.resolve({ ...robot, password });
    const client = bench.client([registry], { credentials });
    const error = await failureOf(client.headManifest(repositoryIn(registry), '1'));
    expect(error.message).toContain('no *** here');
    expect(`${error.stack}${JSON.stringify(error)}${JSON.stringify(bench.events)}`).not.toContain(
      password,
    );
  });
});
