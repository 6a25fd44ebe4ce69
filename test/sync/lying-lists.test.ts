import { afterEach, beforeEach, expect, test } from 'vitest';
import { requestsTo } from '../rig/registry/faults.ts';
import { addImage } from '../rig/registry/images.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring();
});
afterEach(() => world.close());

test.each([
  ['that leaves tags out', 200, '{"name":"copies/app","tags":["other"]}'],
  ['that is empty', 200, '{"name":"copies/app","tags":null}'],
  ['that a proxy hides', 404, '404 page not found\n'],
])('an immutable tag is not overwritten because of a list %s', async (_, status, body) => {
  const { origin, mirror } = world;
  const tags = ['1.0', '1.1', '1.2', '1.3'];
  for (const tag of tags) addImage(origin.store, 'app', { tag });
  const own = tags.map((tag) => addImage(mirror.store, 'copies/app', { tag }).digest);
  mirror.faults.add({
    on: requestsTo('GET', '/tags/list'),
    effect: { kind: 'answer', status, headers: { 'content-type': 'application/json' }, body },
  });
  for (const latest of [1, 4]) {
    world.rules(
      '- {from: ORIGIN, to: MIRROR/copies}',
      `sync: {images: [{from: ORIGIN/app, tags: {latest: ${latest}}, immutable: ["*"]}]}`,
    );
    const { code, stdout } = await world.sync([]);
    expect(stdout).toContain(`0 copied, ${latest} present`);
    expect(code).toBe(0);
  }
  expect(tags.map((tag) => mirror.store.repository('copies/app').tags.get(tag))).toEqual(own);
});
