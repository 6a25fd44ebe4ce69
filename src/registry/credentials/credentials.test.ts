import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askHelper } from './credential-helper.ts';
import { dockerCredentials } from './docker-credentials.ts';
import { ecrCredentials } from './ecr-credentials.ts';
import { registryCredentials } from './registry-credentials.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-credentials-'));
  env = { HOME: folder, PATH: [folder, '/usr/bin', '/bin'].join(delimiter) };
});
afterEach(() => rmSync(folder, { recursive: true }));

const basic = (login: string) => ({ auth: Buffer.from(login).toString('base64') });

function writeConfig(file: string, config: unknown): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config));
  return path;
}

/** Installs a helper that logs its arguments and its input, and answers by a shell script. */
function installHelper(name: string, script: string): string {
  const log = join(folder, `${name}.log`);
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\nread -r host\necho "$* $host" >> ${log}\n${script}\n`);
  chmodSync(file, 0o755);
  return log;
}

async function find(registry: string, name = 'team/app') {
  return await dockerCredentials(env)({ registry, name });
}

describe('logins in a file', () => {
  test.each([
    ['r.example', 'r.example'],
    ['https://r.example', 'r.example'],
    ['https://r.example/v1/', 'r.example'],
    ['https://r.example/v2/', 'r.example'],
    ['R.Example', 'r.example'],
    ['r.example:5000', 'r.example:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
  ])('under %s are for %s', async (key, registry) => {
    writeConfig('.docker/config.json', { auths: { [key]: basic('me:secret:with colons') } });
    expect(await find(registry)).toEqual({ username: 'me', password: 'secret:with colons' });
    expect(await find('another.example')).toBeUndefined();
  });

  test('may be several for one registry: the longest path counts, by whole segments', async () => {
    writeConfig('.config/containers/auth.json', {
      auths: {
        'r.example': basic('all:1'),
        'r.example/team': basic('team:2'),
        'r.example/team/app': basic('app:3'),
      },
    });
    const names = ['team/app', 'team/app/deep', 'team/other', 'teams/app', 'x'];
    const users = await Promise.all(names.map((name) => find('r.example', name)));
    expect(users.map((login) => login && 'username' in login && login.username)).toEqual([
      'app',
      'app',
      'team',
      'all',
      'all',
    ]);
  });

  test('are found where the environment says', async () => {
    env.DOCKER_CONFIG = join(folder, 'elsewhere');
    env.XDG_RUNTIME_DIR = join(folder, 'run');
    writeConfig('elsewhere/config.json', { auths: { 'a.example': basic('docker:1') } });
    writeConfig('run/containers/auth.json', {
      auths: { 'a.example': basic('podman:2'), 'b.example': basic('podman:2') },
    });
    writeConfig('.docker/config.json', { auths: { 'c.example': basic('home:3') } });
    expect(await find('a.example')).toMatchObject({ username: 'docker' });
    expect(await find('b.example')).toMatchObject({ username: 'podman' });
    expect(await find('c.example')).toBeUndefined();
    env.REGISTRY_AUTH_FILE = writeConfig('only.json', { auths: { 'd.example': basic('only:4') } });
    expect(await find('d.example')).toMatchObject({ username: 'only' });
    expect(await find('a.example')).toBeUndefined();
  });

  test('may be identity tokens', async () => {
    const auth = basic('00000000-0000-0000-0000-000000000000:').auth;
    writeConfig('.docker/config.json', {
      auths: { 'corp.azurecr.io': { auth, identitytoken: 'an-identity-token' } },
    });
    expect(await find('corp.azurecr.io')).toEqual({ identityToken: 'an-identity-token' });
  });

  test.each([
    ['nothing', {}],
    ['an empty entry', { auths: { 'r.example': {} } }],
    ['what is not base64', { auths: { 'r.example': { auth: '%%%' } } }],
    ['other types', { auths: { 'r.example': 7 }, credHelpers: [], credsStore: 7 }],
    ['no password', { auths: { 'r.example': basic('me:') } }],
  ])('that hold %s are none', async (_, config) => {
    writeConfig('.docker/config.json', config);
    expect(await find('r.example')).toBeUndefined();
  });

  test('that cannot be read are reported without what is in them', async () => {
    const file = writeConfig('.docker/config.json', `{"auths": {"r": {"auth": "c2VjcmV0"`);
    await expect(find('r.example')).rejects.toThrow(`${file} is not valid JSON`);
    env.REGISTRY_AUTH_FILE = join(folder, 'missing.json');
    await expect(find('r.example')).rejects.toThrow(/missing\.json cannot be read/);
  });
});

describe('a credential helper', () => {
  const answer = `printf '{"ServerURL":"x","Username":"helped","Secret":"from the helper"}'`;
  const helped = { username: 'helped', password: 'from the helper' };

  test('of a registry goes before the store, and the store before an empty entry', async () => {
    const log = installHelper('one', answer);
    const storeLog = installHelper(
      'store',
      'echo credentials not found in native keychain; exit 1',
    );
    writeConfig('.docker/config.json', {
      auths: { 'r.example': {}, 's.example': {} },
      credHelpers: { 'r.example': 'one' },
      credsStore: 'store',
    });
    expect(await find('r.example')).toEqual(helped);
    expect(await find('s.example')).toBeUndefined();
    expect(readFileSync(log, 'utf8')).toBe('get r.example\n');
    expect(readFileSync(storeLog, 'utf8')).toBe('get s.example\n');
  });

  test('is asked for Docker Hub by the name that Docker uses', async () => {
    const log = installHelper('one', answer);
    writeConfig('.docker/config.json', { credsStore: 'one' });
    expect(await find('docker.io', 'library/nginx')).toEqual(helped);
    expect(readFileSync(log, 'utf8')).toBe('get https://index.docker.io/v1/\n');
  });

  test('is asked once for many repositories', async () => {
    const log = installHelper('one', answer);
    writeConfig('.docker/config.json', { credsStore: 'one' });
    const source = dockerCredentials(env);
    const names = ['a', 'b', 'c'];
    await Promise.all(names.map((name) => source({ registry: 'r.example', name })));
    expect(readFileSync(log, 'utf8')).toBe('get r.example\n');
  });

  test('may give an identity token', async () => {
    installHelper('one', `printf '{"Username":"<token>","Secret":"identity"}'`);
    writeConfig('.docker/config.json', { credsStore: 'one' });
    expect(await find('r.example')).toEqual({ identityToken: 'identity' });
  });

  test('that is not installed is named', async () => {
    writeConfig('.docker/config.json', { credHelpers: { 'r.example': 'nowhere' } });
    await expect(find('r.example')).rejects.toThrow('docker-credential-nowhere is not installed');
  });

  test('that fails is reported with its reason, and with no secret', async () => {
    installHelper('one', 'echo the keychain is locked >&2; exit 1');
    writeConfig('.docker/config.json', { credsStore: 'one' });
    await expect(find('r.example')).rejects.toThrow(
      'docker-credential-one failed: the keychain is locked',
    );
    installHelper('one', `printf 'a-secret {'`);
    const error: Error = await find('r.example').catch((reason) => reason);
    expect(error.message).toBe('docker-credential-one did not write a login');
    expect(error.cause).toBeUndefined();
  });

  test('that hangs is given up, although what it started holds its outputs open', async () => {
    installHelper('one', 'sleep 20');
    const server = 'r.example';
    await expect(askHelper('one', server, env, { timeout: 300 })).rejects.toThrow(
      'gave no login in 0.3 s',
    );
  }, 5_000);

  test('that writes without an end is given up', async () => {
    installHelper('one', `yes 'a-secret "'`);
    writeConfig('.docker/config.json', { credsStore: 'one' });
    const error: Error = await find('r.example').catch((reason) => reason);
    expect(error.message).toBe('docker-credential-one did not write a login, but too much');
  }, 5_000);

  test('has a name that is not a path', async () => {
    writeConfig('.docker/config.json', { credsStore: 'x/../../evil' });
    await expect(find('r.example')).rejects.toThrow('is not the name of a credential helper');
  });
});

describe('Amazon ECR', () => {
  const host = '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn';
  const repository = { registry: host, name: 'app' };
  const hour = 60 * 60_000;

  test('is logged in to once for a region, and again before the token expires', async () => {
    const asked: string[] = [];
    let lifetime = 12 * hour;
    const source = ecrCredentials((region) => {
      asked.push(region);
      return Promise.resolve({
        username: 'AWS',
        password: 'p',
        expiresAt: Date.now() + lifetime,
      });
    });
    const other = { ...repository, registry: host.replace('1234', '9999') };
    await Promise.all([source(repository), source(other), source(repository)]);
    expect(await source(repository)).toEqual({ username: 'AWS', password: 'p' });
    expect(asked).toEqual(['cn-north-1']);
    expect(await source({ registry: 'r.example', name: 'x' })).toBeUndefined();
    lifetime = hour;
    const short = ecrCredentials((region) => {
      asked.push(region);
      return Promise.resolve({
        username: 'AWS',
        password: 'q',
        expiresAt: Date.now() + lifetime,
      });
    });
    await short(repository);
    await short(repository);
    expect(asked).toHaveLength(3);
  });

  test('takes the login that Docker has, if it has one', async () => {
    writeConfig('.docker/config.json', { auths: { [host]: basic('AWS:stored') } });
    expect(await registryCredentials(env)(repository)).toEqual({
      username: 'AWS',
      password: 'stored',
    });
  });
});
