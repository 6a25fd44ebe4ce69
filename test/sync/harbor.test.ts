import { afterEach, expect, test } from 'vitest';
import type { FakeRegistry } from '../rig/registry/registry.ts';
import { startRegistry } from '../rig/registry/registry.ts';
import { TokenService } from '../rig/registry/token-service.ts';
import { addTags, copyRepository, tagNames } from './rig/many-tags.ts';
import { countByMethod, type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;
let harbor: FakeRegistry;

afterEach(async () => {
  await Promise.all([world.close(), harbor.close()]);
});

test('a mirror that is Harbor says so in its first answer, and then lists its tags', async () => {
  const tokens = new TokenService({ anybodyMay: () => true });
  harbor = await startRegistry({
    quirks: { listing: 'harbor', pageSize: 100 },
    access: { scheme: 'bearer', tokens, service: 'harbor-registry' },
  });
  world = await startMirroring();
  const { origin } = world;
  for (const name of ['a', 'b']) {
    addTags(origin.store, name, tagNames(150));
    copyRepository(origin.store.repository(name), harbor.store.repository(`copies/${name}`));
    addTags(origin.store, name, ['new']);
  }
  world.rules(
    `- {from: ORIGIN, to: "${harbor.host}/copies"}`,
    'sync: {referrers: false}',
    `  "${harbor.host}": {plainHttp: true}`,
  );
  const list = ['a', 'b'].flatMap((name) =>
    [...tagNames(150), 'new'].map((tag) => `ORIGIN/${name}:${tag}`),
  );
  const { stdout } = await world.sync(['--list', '-', '--check'], list.join('\n'));
  expect(stdout).toContain('302 images: 2 to copy, 300 present');
  const asked = harbor.requests.filter(({ status }) => status === 200);
  const lists = asked.filter(({ path }) => path.startsWith('/api/'));
  // Two pages for each repository; the tag that is not listed is missing.
  expect(countByMethod(lists)).toEqual({ GET: 4 });
  const others = asked.filter(({ path }) => !/^\/(api|token)\b/.test(path));
  expect(countByMethod(others)).toEqual({ HEAD: 1 });
  expect(countByMethod(origin.requests)).toEqual({ HEAD: 302 });
});
