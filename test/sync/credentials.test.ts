import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Account } from '../rig/registry/accounts.ts';
import { type FakeDockerHub, startDockerHub } from '../rig/registry/docker-hub.ts';
import { type FakeEcr, startEcr } from '../rig/registry/ecr/ecr.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import { startBlobHost, startTokenHost } from '../rig/registry/hosts.ts';
import { addImage, addMultiArch } from '../rig/registry/images.ts';
import { type FakeInternet, startInternet } from '../rig/registry/internet.ts';
import { type FakeRegistry, startRegistry } from '../rig/registry/registry.ts';
import type { FakeServer } from '../rig/registry/server.ts';
import { Store } from '../rig/registry/store.ts';
import { TokenService } from '../rig/registry/token-service.ts';
import { startSync } from './rig/detour-sync.ts';
import { leaksTo, listProcesses, type Secret, secretsIn } from './rig/secrets.ts';

const mirrorHost = 'registry.corp.example';
const evilHost = 'evil.example';

const hubAccount: Account = { username: 'alice', password: 'hub-password-0c8d' };
const mirrorAccount: Account = { username: 'alice', password: 'mirror-password-77aa' };
const evilAccount: Account = { username: 'alice', password: 'evil-password-31fe' };
const quayAccount: Account = {
  username: 'alice',
  password: 'quay-password-9b2e',
  identityToken: 'quay-identity-token-55d1',
};

let folder: string;
let internet: FakeInternet;
/** Every server by its host. */
let servers: Map<string, FakeServer>;
let hub: FakeDockerHub;
let ecr: FakeEcr;
let evil: FakeRegistry;
/** Gives out the bearer tokens of its hosts. */
let tokenServices: { readonly tokens: TokenService; readonly hosts: readonly string[] }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sync-credentials-'));
  internet = await startInternet(folder);
  hub = await startDockerHub(internet, { accounts: [hubAccount] });
  ecr = await startEcr(internet);
  servers = new Map([
    ['registry-1.docker.io', hub.registry as FakeServer],
    ['auth.docker.io', hub.auth],
    ['hub.docker.com', hub.api],
    ['production.cloudflare.docker.com', hub.cdn],
    [ecr.account.host, ecr.registry],
    ['s3', ecr.s3],
    ['api.ecr', ecr.api],
  ]);
  tokenServices = [{ tokens: hub.tokens, hosts: ['registry-1.docker.io'] }];
  await startMirror();
  await startQuay();
  evil = await startEvil();
});
afterEach(async () => {
  await ecr.close();
  await internet.close();
  rmSync(folder, { recursive: true });
});

async function begin<T extends FakeServer>(
  host: string,
  start: Parameters<typeof internet.start<T>>[1],
): Promise<T> {
  const server = await internet.start(host, start);
  servers.set(host, server);
  return server;
}

/** Its token service and the place where blobs are uploaded are other hosts. */
async function startMirror(): Promise<void> {
  const store = new Store();
  const tokens = new TokenService({ accounts: [mirrorAccount] });
  tokenServices.push({ tokens, hosts: [mirrorHost] });
  await begin(mirrorHost, (options) =>
    startRegistry({
      ...options,
      store,
      quirks: { uploadsAt: 'https://uploads.corp.example' },
      access: { scheme: 'bearer', tokens, realm: 'https://auth.corp.example/token' },
    }),
  );
  await begin('uploads.corp.example', (options) => startRegistry({ ...options, store }));
  await begin('auth.corp.example', (options) => startTokenHost(tokens, options));
}

/** It wants an identity token. */
async function startQuay(): Promise<void> {
  const tokens = new TokenService({ accounts: [quayAccount] });
  tokenServices.push({ tokens, hosts: ['quay.io'] });
  const quay = await begin('quay.io', (options) =>
    startRegistry({ ...options, access: { scheme: 'bearer', tokens, path: '/v2/auth' } }),
  );
  addMultiArch(quay.store, 'team/app', '1');
}

/** It redirects to hosts that collect what they get. */
async function startEvil(): Promise<FakeRegistry> {
  const store = new Store();
  await begin('collector.example', (options) => startBlobHost(store, options));
  const access = { scheme: 'basic', accounts: [evilAccount] } as const;
  const quirks = { blobsAt: 'https://collector.example' };
  return begin(evilHost, (options) => startRegistry({ ...options, store, quirks, access }));
}

const auth = ({ username, password }: Account) => ({
  auth: Buffer.from(`${username}:${password}`).toString('base64'),
});

/** Writes logins as `docker login` does: in a file, and in a helper, which logs its arguments. */
function writeLogins(): NodeJS.ProcessEnv {
  const docker = join(folder, '.docker');
  const bin = join(folder, 'bin');
  for (const path of [docker, bin]) mkdirSync(path);
  const config = {
    auths: {
      'https://index.docker.io/v1/': auth(hubAccount),
      'quay.io': { identitytoken: quayAccount.identityToken },
      [evilHost]: auth(evilAccount),
    },
    credHelpers: { [mirrorHost]: 'fake' },
  };
  writeFileSync(join(docker, 'config.json'), JSON.stringify(config));
  const helper = join(bin, 'docker-credential-fake');
  const login = JSON.stringify({ Username: 'alice', Secret: mirrorAccount.password });
  writeFileSync(join(folder, 'login.json'), login);
  writeFileSync(
    helper,
    `#!/bin/sh\necho "$0 $*" >>${folder}/helper.log\ncat ${folder}/login.json\n`,
  );
  chmodSync(helper, 0o755);
  return { DOCKER_CONFIG: docker, PATH: `${bin}:${process.env.PATH}` };
}

function allSecrets(): Secret[] {
  const ecrHost = ecr.account.host;
  const { AWS_SECRET_ACCESS_KEY = '' } = ecr.environment;
  return [
    { name: 'the login of Docker Hub', value: hubAccount.password, hosts: ['auth.docker.io'] },
    { name: 'that of the mirror', value: mirrorAccount.password, hosts: ['auth.corp.example'] },
    { name: 'that of evil.example', value: evilAccount.password, hosts: [evilHost] },
    { name: 'the password of Quay', value: quayAccount.password, hosts: [] },
    { name: 'its token', value: quayAccount.identityToken ?? '', hosts: ['quay.io'] },
    { name: 'the password of ECR', value: ecr.account.password, hosts: [ecrHost] },
    { name: "AWS's secret", value: AWS_SECRET_ACCESS_KEY, hosts: [] },
    ...tokenServices.flatMap(({ tokens, hosts }) =>
      tokens.issued.map((value, index) => ({ name: `token ${index} of ${hosts}`, value, hosts })),
    ),
  ];
}

async function sync(list: readonly string[], ...args: string[]) {
  const processes = new Set<string>();
  for (const server of servers.values()) server.onEnd = () => processes.add(listProcesses());
  const report = join(folder, 'report.json');
  const failed = join(folder, 'failed.txt');
  const run = startSync(folder, {
    list,
    args: ['--report', report, '--failed', failed, ...args],
    rules: {
      registries: { [ecr.account.host]: { ecr: { create: true } } },
      rules: [
        { from: 'docker.io', to: `${mirrorHost}/hub`, library: 'never' },
        { from: 'quay.io', to: `${ecr.account.host}/quay` },
        { from: evilHost, to: `${mirrorHost}/evil` },
      ],
    },
    env: { ...internet.environment, ...ecr.environment, ...writeLogins() },
  });
  const code = await run.ended;
  const written = [report, failed].map((file) => readFileSync(file, 'utf8')).join('\n');
  const helper = readFileSync(join(folder, 'helper.log'), 'utf8');
  return { code, output: run.output(), texts: [run.output(), written, helper, ...processes] };
}

function leaks(texts: readonly string[]): string[] {
  const secrets = allSecrets();
  const toHosts = [...servers].flatMap(([host, { requests }]) => leaksTo(host, requests, secrets));
  return [...toHosts, ...secretsIn(texts.join('\n'), secrets).map((name) => `written: ${name}`)];
}

test('logins and tokens reach only the hosts that they are for, and appear nowhere else', async () => {
  addMultiArch(hub.store, 'library/nginx', '1');
  addImage(evil.store, 'a', { tag: '1' });
  const { code, output, texts } = await sync(
    ['nginx:1', 'quay.io/team/app:1', `${evilHost}/a:1`],
    '--json',
  );
  expect(output).toContain('"copied":3');
  expect(code).toBe(0);
  expect(leaks(texts)).toEqual([]);
  // Each login was used, each redirect followed: otherwise there was nothing to see.
  const asked = [...servers].filter(([, { requests }]) => requests.length > 0);
  expect(asked.map(([host]) => host).sort()).toEqual(
    [...servers.keys()].filter((host) => !['hub.docker.com', 's3'].includes(host)).sort(),
  );
  expect(secretsIn(JSON.stringify(allRequests()), allSecrets())).toEqual(
    expect.arrayContaining([
      'the login of Docker Hub',
      'that of the mirror',
      'that of evil.example',
      'its token',
      'the password of ECR',
    ]),
  );
});

function allRequests() {
  return [...servers.values()].flatMap(({ requests }) => requests);
}

test.each([
  ['the mirror', () => [servers.get(mirrorHost)]],
  ['an origin', () => [evil, hub.registry]],
  ['its token service', () => [hub.auth]],
])('nor are they in errors and warnings, if %s sends back what it got', async (_, failing) => {
  addImage(evil.store, 'a', { tag: '1' });
  addImage(hub.store, 'library/nginx', { tag: '1' });
  for (const server of failing()) {
    server?.faults.add({
      on: ({ headers: { authorization } }) => authorization !== undefined,
      effect: ({ headers: { authorization = '' } }) => ({
        kind: 'answer',
        status: 403,
        headers: {
          'content-type': 'application/json',
          warning: `299 - "you sent ${authorization}"`,
        },
        body: JSON.stringify({
          errors: [
            { code: authorization, message: `${authorization} is ${decoded(authorization)}` },
          ],
        }),
      }),
    });
  }
  const { code, output, texts } = await sync(['nginx:1', `${evilHost}/a:1`]);
  expect(code).not.toBe(0);
  expect(output).toContain('***');
  expect(leaks(texts)).toEqual([]);
});

function decoded(authorization: string): string {
  return Buffer.from(authorization.replace(/^\S+ /, ''), 'base64').toString();
}

test.each([
  ['to this machine', 'http://127.0.0.1:1/x'],
  ['to this machine by HTTPS', 'https://127.0.0.1:1/x'],
  ['to this machine by a name', 'https://localhost/x'],
  ['to the metadata of a cloud', 'http://169.254.169.254/latest/meta-data/'],
  ['out of TLS', 'http://collector.example/x'],
])('a redirect %s is not followed', async (_, location) => {
  addImage(evil.store, 'a', { tag: '1' });
  const effect = { kind: 'answer', status: 307, headers: { location } } as const;
  evil.faults.add({ on: requestsTo('GET', '/blobs/'), effect });
  const { code, texts } = await sync([`${evilHost}/a:1`]);
  expect(code).toBe(1);
  expect(leaks(texts)).toEqual([]);
  expect([...internet.proxy.asked]).not.toContain(new URL(location).host);
  expect([...internet.proxy.asked].every((host) => /example:443$/.test(host))).toBe(true);
});

test.each([
  ['this machine', 'https://127.0.0.1:1/token'],
  ['a host without TLS', 'http://collector.example/token'],
])('a token service at %s gets no login', async (_, realm) => {
  addImage(evil.store, 'a', { tag: '1' });
  const headers = { 'www-authenticate': `Bearer realm="${realm}",service="x"` };
  evil.faults.add({ effect: { kind: 'answer', status: 401, headers } });
  const { code, texts } = await sync([`${evilHost}/a:1`]);
  expect(code).toBe(1);
  expect(leaks(texts)).toEqual([]);
  expect([...internet.proxy.asked].sort()).toEqual([
    'auth.corp.example:443',
    `${evilHost}:443`,
    `${mirrorHost}:443`,
  ]);
});
