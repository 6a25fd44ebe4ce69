import { afterEach, describe, expect, test } from 'vitest';
import { TokenService } from '../../test/rig/registry/token-service.ts';
import { all, failureOf, RegistryBench } from '../../test/support/registry-client.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

const names = ['a', 'b/c', 'd', 'e', 'f'];

describe('repositories', () => {
  test('are listed by the pages of the catalog, with a token for it and for nothing else', async () => {
    const tokens = new TokenService({ anybodyMay: () => true });
    const registry = await bench.start({
      quirks: { pageSize: 2 },
      access: { scheme: 'bearer', tokens },
    });
    for (const name of names) registry.store.repository(name);
    const client = bench.client([registry]);
    expect((await all(client.repositories(registry.host))).sort()).toEqual(names);
    const asked = registry.requests.filter(({ status }) => status === 200);
    expect(asked.filter(({ path }) => path === '/v2/_catalog')).toHaveLength(3);
    const scopes = () =>
      registry.requests
        .filter(({ path }) => path === '/token')
        .map(({ url }) => new URL(url, registry.url).searchParams.getAll('scope'));
    expect(scopes()).toEqual([['registry:catalog:*']]);
    await all(client.tags({ registry: registry.host, name: 'a' }));
    expect(scopes()[1]).toEqual(['repository:a:pull']);
  });

  test('are an error if the registry does not list them', async () => {
    const registry = await bench.start({ quirks: { noCatalog: 405 } });
    const client = bench.client([registry]);
    const error = await failureOf(all(client.repositories(registry.host)));
    expect(error).toMatchObject({ status: 405 });
    registry.faults.add({ effect: { kind: 'answer', status: 200, body: '{"errors": []}' } });
    const other = await failureOf(all(client.repositories(registry.host)));
    expect(other.message).toContain('GET the catalog of repositories: the answer is not a list');
  });

  test('are listed by the API of Amazon ECR, a thousand a call', async () => {
    const net = await bench.internet();
    const ecr = await bench.ecr(net);
    for (let at = 0; at < 1_100; at++) ecr.account.repositories.set(`hub/app${at}`, {} as never);
    const client = bench.clientWith({}, { env: net.environment });
    expect(await all(client.repositories(ecr.account.host))).toHaveLength(1_100);
    expect(ecr.api.calls.map(({ operation }) => operation)).toEqual([
      'DescribeRepositories',
      'DescribeRepositories',
    ]);
    ecr.account.denied.add('DescribeRepositories');
    const error = await failureOf(all(client.repositories(ecr.account.host)));
    expect(error.message).toContain('the caller needs the permission ecr:DescribeRepositories');
  });
});
