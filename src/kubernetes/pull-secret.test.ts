import { beforeEach, expect, test } from 'vitest';
import type { EcrToken } from '../ecr/login.ts';
import { ApiError } from './api.ts';
import { type PullSecretOptions, type PullSecretState, refreshPullSecrets } from './pull-secret.ts';

const hour = 60 * 60 * 1000;
const east = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const eastToo = '210987654321.dkr.ecr.us-east-1.amazonaws.com';
const china = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
const type = 'kubernetes.io/dockerconfigjson';

interface Stored {
  readonly type: string;
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: object;
    readonly annotations?: Record<string, string>;
  };
  readonly data: Record<string, string>;
}

/**
 * The Secrets of a cluster. The API over them has optimistic concurrency, a clock, and a log of the
 * requests.
 */
let stored: Map<string, Stored>;
let clock: number;
let asked: string[];
let beforeUpdate: () => void;
/** The regions that AWS was asked for. `refused` are those where it refuses. */
let tokensOf: string[];
let refused: Set<string>;

beforeEach(() => {
  stored = new Map();
  clock = Date.parse('2026-11-24T00:00:00Z');
  asked = [];
  beforeUpdate = () => undefined;
  tokensOf = [];
  refused = new Set();
});

const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets/ecr`;

function put(namespace: string, config: unknown, more: Partial<Stored> = {}): void {
  const data = {
    '.dockerconfigjson': Buffer.from(JSON.stringify(config)).toString('base64'),
    ...more.data,
  };
  const metadata = { name: 'ecr', resourceVersion: '1', ...more.metadata };
  stored.set(pathOf(namespace), { type, ...more, data, metadata });
}

const api: PullSecretOptions['api'] = {
  get: async <T>(path: string) => {
    asked.push(`GET ${path}`);
    const object = stored.get(path);
    if (object === undefined) throw new ApiError(404, 'secrets "ecr" not found');
    return { object: structuredClone(object) as T, time: clock };
  },
  update: async <T extends object>(path: string, object: T) => {
    asked.push(`PUT ${path}`);
    beforeUpdate();
    const written = object as unknown as Stored;
    const { resourceVersion } = stored.get(path)!.metadata;
    if (written.metadata.resourceVersion !== resourceVersion)
      throw new ApiError(409, 'the object has been modified');
    const metadata = { ...written.metadata, resourceVersion: `${Number(resourceVersion) + 1}` };
    stored.set(path, { ...written, metadata });
    return { object, time: clock };
  },
};

async function getToken(region: string): Promise<EcrToken> {
  tokensOf.push(region);
  if (refused.has(region)) throw new Error(`no ECR token for ${region}: refused`);
  return tokenOf(region);
}

const tokenOf = (region: string) => ({
  username: 'AWS',
  password: `${region}-${new Date(clock).toISOString()}`,
  expiresAt: clock + 12 * hour,
});

function refresh(more: Partial<PullSecretOptions> = {}): Promise<PullSecretState[]> {
  return refreshPullSecrets({
    api,
    name: 'ecr',
    namespaces: ['a'],
    hosts: () => [east],
    getToken,
    ...more,
  });
}

function configOf(namespace: string) {
  const { data } = stored.get(pathOf(namespace))!;
  return JSON.parse(Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString());
}

function passwordOf(host: string, namespace = 'a'): string | undefined {
  return configOf(namespace).auths[host]?.password;
}

test('an empty Secret gets a token in the form of kubectl create secret docker-registry', async () => {
  put('a', { auths: {} });
  const [state] = await refresh();
  const { username, password, expiresAt } = tokenOf('us-east-1');
  const auth = Buffer.from(`AWS:${password}`).toString('base64');
  expect(configOf('a')).toEqual({ auths: { [east]: { username, password, auth } } });
  expect(state).toEqual({ namespace: 'a', renewed: ['us-east-1'], expiresAt, problems: [] });
  expect(stored.get(pathOf('a'))?.metadata.annotations).toEqual({
    'image-detour/expires-at.us-east-1': '2026-11-24T12:00:00.000Z',
  });
});

test('a token is left alone for half of its life, and replaced after that', async () => {
  put('a', { auths: {} });
  await refresh();
  const first = passwordOf(east);
  const expiresAt = clock + 12 * hour;
  clock += 6 * hour - 1;
  expect(await refresh()).toEqual([{ namespace: 'a', renewed: [], expiresAt, problems: [] }]);
  expect(passwordOf(east)).toBe(first);
  expect(tokensOf).toHaveLength(1);
  clock += 1;
  expect(await refresh()).toMatchObject([{ renewed: ['us-east-1'], expiresAt: clock + 12 * hour }]);
  expect(passwordOf(east)).not.toBe(first);
});

test('a Secret that needs nothing is only read', async () => {
  put('a', { auths: {} });
  await refresh();
  asked = [];
  await refresh();
  expect(asked).toEqual([`GET ${pathOf('a')}`]);
});

test('where no rule names an ECR registry, nobody is asked', async () => {
  const hosts = () => ['docker.io', 'mirror.example:5000', `${east}.evil.example`];
  expect(await refresh({ hosts })).toEqual([]);
  expect([...asked, ...tokensOf]).toEqual([]);
});

test('one token serves all registries of a region and all namespaces', async () => {
  put('a', { auths: {} });
  put('b', { auths: {} });
  await refresh({ namespaces: ['a', 'b'], hosts: () => [east, eastToo, 'quay.io'] });
  expect(tokensOf).toEqual(['us-east-1']);
  expect(Object.keys(configOf('b').auths)).toEqual([east, eastToo]);
  expect(passwordOf(eastToo, 'b')).toBe(passwordOf(east, 'a'));
});

test('a registry that the rules name from now on is added, and only its region asked', async () => {
  put('a', { auths: {} });
  await refresh();
  const first = passwordOf(east);
  clock += hour;
  await refresh({ hosts: () => [east, china] });
  expect(tokensOf).toEqual(['us-east-1', 'cn-northwest-1']);
  expect(passwordOf(east)).toBe(first);
  expect(passwordOf(china)).toBe(tokenOf('cn-northwest-1').password);
});

test('a token that somebody took away is put back', async () => {
  put('a', { auths: {} });
  await refresh();
  const { annotations } = stored.get(pathOf('a'))!.metadata;
  put(
    'a',
    { auths: {} },
    { metadata: { name: 'ecr', resourceVersion: '9', annotations: annotations! } },
  );
  await refresh();
  expect(passwordOf(east)).toBeDefined();
});

test('what else is in the Secret stays', async () => {
  put(
    'a',
    { auths: { 'mirror.example': { auth: 'QTpC' } }, credHelpers: { x: 'y' } },
    {
      data: { other: 'eA==' },
      metadata: {
        name: 'ecr',
        resourceVersion: '1',
        labels: { app: 'x' },
        annotations: { note: 'mine' },
      },
    },
  );
  await refresh();
  expect(configOf('a')).toMatchObject({
    auths: { 'mirror.example': { auth: 'QTpC' }, [east]: { username: 'AWS' } },
    credHelpers: { x: 'y' },
  });
  expect(stored.get(pathOf('a'))).toMatchObject({
    data: { other: 'eA==' },
    metadata: { labels: { app: 'x' }, annotations: { note: 'mine' } },
  });
});

test.each([[null], [{}], [{ auths: null }], [{ auths: ['x'] }], [{ auths: 'x' }]])(
  'a Secret that holds %j is begun anew',
  async (config) => {
    put('a', config);
    await refresh();
    expect(Object.keys(configOf('a').auths)).toEqual([east]);
  },
);

test('replicas that begin at once agree on the token of one', async () => {
  put('a', { auths: {} });
  const [one, two] = (await Promise.all([refresh(), refresh()])).flat();
  expect([one!.renewed, two!.renewed]).toEqual([['us-east-1'], []]);
  expect([...one!.problems, ...two!.problems]).toEqual([]);
  expect(two!.expiresAt).toBe(one!.expiresAt);
});

test('a Secret that was changed meanwhile is read again, with the same token', async () => {
  put('a', { auths: {} });
  beforeUpdate = () => {
    beforeUpdate = () => undefined;
    put('a', { auths: { 'new.example': {} } }, { metadata: { name: 'ecr', resourceVersion: '2' } });
  };
  await refresh();
  expect(Object.keys(configOf('a').auths)).toEqual(['new.example', east]);
  expect(tokensOf).toHaveLength(1);
});

test('a Secret that changes each time is reported in the end', async () => {
  put('a', { auths: {} });
  beforeUpdate = () =>
    put('a', {}, { metadata: { name: 'ecr', resourceVersion: `${Math.random()}` } });
  expect(await refresh()).toMatchObject([{ problems: ['the object has been modified'] }]);
  expect(tokensOf).toHaveLength(1);
});

test('where a region refuses, its old token stays and the others are renewed', async () => {
  put('a', { auths: {} });
  const hosts = () => [china, east];
  await refresh({ hosts });
  const [oldChina, oldEast] = [passwordOf(china), passwordOf(east)];
  const oldExpiry = clock + 12 * hour;
  clock += 7 * hour;
  refused.add('cn-northwest-1');
  expect(await refresh({ hosts })).toEqual([
    {
      namespace: 'a',
      renewed: ['us-east-1'],
      // The expiry is that of the first token to expire.
      expiresAt: oldExpiry,
      problems: ['no ECR token for cn-northwest-1: refused'],
    },
  ]);
  expect(passwordOf(china)).toBe(oldChina);
  expect(passwordOf(east)).not.toBe(oldEast);

  tokensOf = [];
  await refresh({ hosts });
  expect(tokensOf, 'only what is missing is asked for again').toEqual(['cn-northwest-1']);
});

test('where every region refuses, the Secret is not written', async () => {
  put('a', { auths: {} });
  put('b', { auths: {} });
  refused.add('us-east-1');
  const states = await refresh({ namespaces: ['a', 'b'] });
  expect(states).toMatchObject([
    { renewed: [], expiresAt: undefined, problems: ['no ECR token for us-east-1: refused'] },
    { renewed: [], expiresAt: undefined, problems: ['no ECR token for us-east-1: refused'] },
  ]);
  expect(asked.filter((each) => each.startsWith('PUT'))).toEqual([]);
  expect(tokensOf, 'AWS is asked once').toEqual(['us-east-1']);
});

test('a missing Secret is reported with the command that creates it, and others go on', async () => {
  put('b', { auths: {} });
  const [a, b] = await refresh({ namespaces: ['a', 'b'] });
  expect(a!.problems).toEqual([
    `there is no Secret ecr: kubectl create secret generic ecr --namespace a --type ${type} --from-literal '.dockerconfigjson={"auths":{}}'`,
  ]);
  expect(b).toMatchObject({ renewed: ['us-east-1'], problems: [] });
});

test('a Secret of another type is reported and left alone, and no token is fetched for it', async () => {
  put('a', { auths: {} }, { type: 'Opaque' });
  const [state] = await refresh();
  expect(state!.problems[0]).toMatch(/is of type Opaque: delete it, then kubectl create secret/);
  expect(tokensOf).toEqual([]);
  expect(asked).toEqual([`GET ${pathOf('a')}`]);
});

test('what the API does not allow is reported with its message', async () => {
  const forbidden = new ApiError(403, 'secrets "ecr" is forbidden: User "x" cannot get');
  const [state] = await refresh({ api: { ...api, get: () => Promise.reject(forbidden) } });
  expect(state).toMatchObject({ problems: [forbidden.message], expiresAt: undefined });
});

test('a Secret does not grow beyond what Kubernetes takes', async () => {
  const huge = { auths: { 'mirror.example': { auth: 'x'.repeat(1024 * 1024 - 40) } } };
  put('a', huge);
  const [state] = await refresh();
  expect(state!.problems[0]).toMatch(/larger than 1 MiB/);
  expect(configOf('a')).toEqual(huge);
});

test('a date that is none is as if there were no token', async () => {
  const annotations = { 'image-detour/expires-at.us-east-1': 'soon' };
  put(
    'a',
    { auths: { [east]: { password: 'old' } } },
    { metadata: { name: 'ecr', resourceVersion: '1', annotations } },
  );
  await refresh();
  expect(passwordOf(east)).toBe(tokenOf('us-east-1').password);
});
