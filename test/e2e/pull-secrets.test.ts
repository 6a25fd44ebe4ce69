import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { EcrToken } from '../../src/ecr/login.ts';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { refreshPullSecrets } from '../../src/kubernetes/pull-secret.ts';
import { writeScratch } from '../rig/files.ts';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { type KubernetesObject, podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { deploy } from '../rig/registration.ts';

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
let namespace: string;
beforeAll(async () => {
  namespace = await kubernetes.createNamespace('pull-secrets');
});

describe('what registries names for the mirror is added to a new Pod', () => {
  const rules = `version: 1
registries:
  mirror.example:
    pullSecrets: [mirror, more]
rules:
  - from: quay.io
    to: mirror.example
`;
  beforeAll(async () => {
    const { undeploy } = await deploy(kubernetes, { rulesFile: writeScratch('pull.yaml', rules) });
    return undeploy;
  });
  const secretsOf = async (name: string) =>
    (await kubernetes.getPod(namespace, name)).spec.imagePullSecrets;

  test('which had none', async () => {
    await kubernetes.createPod(namespace, podWith('quay.io/a:1', 'none'));
    expect(await secretsOf('none')).toEqual([{ name: 'mirror' }, { name: 'more' }]);
  });

  test('whose image was written with the name of the mirror', async () => {
    await kubernetes.createPod(namespace, podWith('mirror.example/b:1', 'written'));
    expect(await secretsOf('written')).toEqual([{ name: 'mirror' }, { name: 'more' }]);
  });

  test('behind its own, and behind those of its service account', async () => {
    const pod = podWith('quay.io/a:1', 'own');
    const spec = { ...pod.spec, imagePullSecrets: [{ name: 'own' }, { name: 'mirror' }] };
    await kubernetes.createPod(namespace, { ...pod, spec });
    expect(await secretsOf('own')).toEqual([{ name: 'own' }, { name: 'mirror' }, { name: 'more' }]);

    await kubernetes.patch(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, {
      imagePullSecrets: [{ name: 'of-account' }],
    });
    await until('the API server gives its Secret to new Pods', async () => {
      const tried = podWith('direct.to/quay.io/a:1', 'tried');
      const { spec } = await kubernetes.createPod(namespace, tried, { dryRun: true });
      return JSON.stringify(spec.imagePullSecrets) === '[{"name":"of-account"}]';
    });
    await kubernetes.createPod(namespace, podWith('quay.io/a:1', 'account'));
    expect(await secretsOf('account')).toEqual([
      { name: 'of-account' },
      { name: 'mirror' },
      { name: 'more' },
    ]);
  });

  test('not to one that goes to its origin, nor to one that exists', async () => {
    await kubernetes.createPod(namespace, podWith('direct.to/quay.io/a:1', 'direct'));
    expect(await secretsOf('direct')).toEqual([{ name: 'of-account' }]);
    const patch = { spec: { containers: [{ name: 'app', image: 'quay.io/b:1' }] } };
    await kubernetes.patchPod(namespace, 'direct', patch);
    const { spec } = await kubernetes.getPod(namespace, 'direct');
    expect(spec.containers[0]?.image).toBe('mirror.example/b:1');
    expect(spec.imagePullSecrets).toEqual([{ name: 'of-account' }]);
  });
});

describe('a Secret with tokens for ECR', () => {
  const host = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
  const { hostname, port } = new URL(server.url);
  const api = new KubernetesApi(async () => ({
    host: hostname,
    port: Number(port),
    ca: server.ca,
    token: server.token,
  }));
  let asked = 0;
  const getToken = async (): Promise<EcrToken> => {
    asked++;
    return { username: 'AWS', password: `p${asked}`, expiresAt: Date.now() + 12 * 3_600_000 };
  };
  const refresh = () =>
    refreshPullSecrets({
      api,
      name: 'ecr',
      namespaces: [namespace, 'default'],
      hosts: () => [host, 'quay.io'],
      getToken,
    });

  test('that is missing is reported, with the command that makes it', async () => {
    const [here] = await refresh();
    expect(here?.problems).toEqual([
      expect.stringContaining(`kubectl create secret generic ecr --namespace ${namespace}`),
    ]);
    expect(asked).toBe(0);
    // By that very command.
    const [, command = ''] = /: kubectl (.*)$/.exec(here?.problems[0] ?? '') ?? [];
    kubectl(command.replaceAll("'", '').split(' '));
  });

  test('is filled once, by one of several replicas, and left alone while it is fresh', async () => {
    const states = await Promise.all([refresh(), refresh(), refresh()]);
    expect(states.flatMap(([here]) => here?.problems)).toEqual([]);
    const path = `/api/v1/namespaces/${namespace}/secrets/ecr`;
    const secret = await kubernetes.get<Secret>(path);
    const { auths } = JSON.parse(
      Buffer.from(secret.data['.dockerconfigjson'] as string, 'base64').toString(),
    );
    expect(Object.keys(auths)).toEqual([host]);
    expect(auths[host]).toMatchObject({
      username: 'AWS',
      password: expect.stringMatching(/^p\d$/),
    });
    const before = asked;
    expect((await refresh())[0]).toMatchObject({ renewed: [], problems: [] });
    expect(asked).toBe(before);
    expect(await kubernetes.get<Secret>(path)).toEqual(secret);
  });
});

interface Secret extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}
