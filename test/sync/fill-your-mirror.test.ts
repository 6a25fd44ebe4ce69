import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detourProgram } from '../rig/detour.ts';
import { startWith } from '../rig/process.ts';
import type { FakeDockerHub } from '../rig/registry/docker-hub.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import { addMultiArch } from '../rig/registry/images.ts';
import { type FakeRegistry, startRegistry } from '../rig/registry/registry.ts';
import { findBrokenTags } from '../rig/registry/walk.ts';
import { codeBlocks } from '../support/code-blocks.ts';
import { type HubAndEcr, startHubAndEcr } from './rig/hub-and-ecr.ts';

/*
 * The rules and commands of the guide, in a shell, with the built program and the registries that
 * they name. Both languages have the same blocks (test/docs-languages.test.ts).
 */

const guide = 'docs/fill-your-mirror.md';
const shell = codeBlocks(guide, 'sh');
const rules = codeBlocks(guide, 'yaml').filter((block) => /^rules:/m.test(block));

let world: HubAndEcr;
let folder: string;
let hub: FakeDockerHub;

beforeEach(async () => {
  world = await startHubAndEcr();
  ({ folder, hub } = world);
  const kubernetes = await world.internet.start('registry.k8s.io', (options) =>
    startRegistry(options),
  );
  addMultiArch(hub.store, 'library/nginx', '1.27');
  addMultiArch(kubernetes.store, 'pause', '3.9');
  mkdirSync(join(folder, 'bin'));
  const program = `#!/bin/sh\nexec ${process.execPath} ${detourProgram} "$@"\n`;
  writeFileSync(join(folder, 'bin', 'detour'), program, { mode: 0o755 });
  return world.close;
});

/** Returns the block of the guide that has this text. */
function blockWith(blocks: readonly string[], text: string): string {
  const found = blocks.find((block) => block.includes(text));
  if (found === undefined) throw new Error(`the guide has no block with ${text}`);
  return found;
}

/** Runs a block of the guide next to its rules; each command must succeed unless `isScript`. */
async function run(block: string, env: NodeJS.ProcessEnv = {}, isScript = false) {
  writeFileSync(join(folder, 'fill.sh'), block);
  const args = isScript ? ['fill.sh'] : ['-e', 'fill.sh'];
  const running = startWith('sh', args, join(folder, 'run.log'), {
    cwd: folder,
    env: {
      ...world.internet.environment,
      HOME: folder,
      PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
      ...env,
    },
  });
  const { code } = await running.exited;
  return { code, output: readFileSync(running.log, 'utf8') };
}

describe('on a laptop, and in CI', () => {
  let mirror: FakeRegistry;
  const tags = (name: string) => [...mirror.store.repository(name).tags.keys()];

  beforeEach(async () => {
    mirror = await startRegistry();
    const block = blockWith(rules, 'localhost:5000').replace('localhost:5000', mirror.host);
    world.rules(block);
  });
  afterEach(() => mirror.close());

  test('the commands show the plan, copy, and find nothing missing', async () => {
    const { code, output } = await run(blockWith(shell, 'detour sync --check'));
    expect(code, output).toBe(0);
    expect(output).toContain('2 images: 2 to copy, 0 present');
    expect(output).toContain('2 images: 0 to copy, 2 present');
    expect(tags('dockerhub/library/nginx')).toEqual(['1.27']);
    expect(tags('kubernetes/pause')).toEqual(['3.9']);
    expect(await findBrokenTags(mirror.store)).toEqual([]);
  });

  test('the script tries once more what failed', async () => {
    // The first run gives this image up.
    mirror.faults.add({
      on: requestsTo('PUT', '/kubernetes/pause/manifests/3.9'),
      times: 1,
      effect: { kind: 'answer', status: 507 },
    });
    const { code, output } = await run(blockWith(shell, '#!/bin/sh'), {}, true);
    expect(code, output).toBe(0);
    expect(output).toContain('1 copied');
    expect(output).toContain('1 failed');
    expect(tags('kubernetes/pause')).toEqual(['3.9']);
  });

  test('a run writes a page and metrics', async () => {
    const { code, output } = await run(blockWith(shell, '--report report.html'));
    expect(code, output).toBe(0);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('2 copied');
    const metrics = readFileSync(join(folder, 'detour.prom'), 'utf8');
    expect(metrics).toContain('detour_sync_images{state="copied"} 2');
  });

  test('the script ends with 3 and a list if an image is still missing', async () => {
    hub.store.repository('library/nginx').tags.clear();
    const { code } = await run(blockWith(shell, '#!/bin/sh'), {}, true);
    expect(code).toBe(3);
    expect(readFileSync(join(folder, 'failed.txt'), 'utf8')).toContain('\nnginx:1.27\n');
    expect(tags('kubernetes/pause')).toEqual(['3.9']);
  });
});

describe('in AWS China', () => {
  test('the commands create the repositories and fill them', async () => {
    const { ecr } = world;
    world.rules(blockWith(rules, 'cn-northwest-1'));
    const block = blockWith(shell, 'detour sync --failed failed.txt\n');
    const { code, output } = await run(`detour sync --plan\n${block}`, ecr.environment);
    expect(code, output).toBe(0);
    expect([...ecr.account.repositories.keys()].sort()).toEqual([
      'dockerhub/library/nginx',
      'kubernetes/pause',
    ]);
  });
});
