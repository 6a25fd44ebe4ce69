import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Effect } from '../../test/rig/registry/faults.ts';
import { addImage, addReferrer } from '../../test/rig/registry/images.ts';
import type { FakeRegistry } from '../../test/rig/registry/registry.ts';
import { RegistryBench, repositoryIn } from '../../test/support/registry-client.ts';
import type { RegistryClient } from './client.ts';
import type { Repository } from './repository.ts';

const bench = new RegistryBench();
let registry: FakeRegistry;
let client: RegistryClient;
let repository: Repository;

beforeEach(async () => {
  registry = await bench.start();
  repository = repositoryIn(registry, 'a');
  client = bench.client([registry]);
});
afterEach(() => bench.close());

/** An answer that says that it ends where it was cut. */
const cut: Effect = { kind: 'truncate', after: 30 };

test('a list of referrers that was cut is asked for again, not taken for none', async () => {
  const image = addImage(registry.store, 'a', { tag: '1' });
  const { digest } = addReferrer(registry.store, 'a', image);
  registry.faults.add({ times: 1, effect: cut });
  expect(await client.referrers(repository, image.digest)).toMatchObject([{ digest }]);
});

test('so is a list of tags', async () => {
  addImage(registry.store, 'a', { tag: '1' });
  registry.faults.add({ times: 1, effect: { kind: 'truncate', after: 10 } });
  const tags: string[] = [];
  for await (const tag of client.tags(repository)) tags.push(tag);
  expect(tags).toEqual(['1']);
});

test('if it stays so, that is an error', async () => {
  const image = addImage(registry.store, 'a', { tag: '1' });
  registry.faults.add({ effect: cut });
  await expect(client.referrers(repository, image.digest)).rejects.toThrow(
    `${registry.host}: GET referrers of a@${image.digest}: the answer is not valid JSON`,
  );
});
