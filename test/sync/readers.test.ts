import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildOnce } from '../rig/build-once.ts';
import { Containerd } from '../rig/containerd.ts';
import { digestOf } from '../rig/registry/content.ts';
import { addImage, addIndex, addReferrer } from '../rig/registry/images.ts';
import type { DescriptorJson } from '../rig/registry/manifest-json.ts';
import { type RegistryProgram, startRegistryProgram } from '../rig/registry/programs.ts';
import { type FakeRegistry, startRegistry } from '../rig/registry/registry.ts';
import { runDetour } from '../support/run-detour.ts';
import { run } from '../target/rig/run-all.ts';
import { skopeoIn } from './rig/skopeo.ts';

/*
 * What others read of a real registry that sync has filled.
 */

let folder: string;
let origin: FakeRegistry;
let registry: RegistryProgram;
let index: DescriptorJson;
let signature: DescriptorJson;
let image: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sync-readers-'));
  origin = await startRegistry();
  registry = await startRegistryProgram('docker-registry', join(folder, 'registry'));
  const platforms = ['amd64', 'arm64'].map((architecture) =>
    addImage(origin.store, 'team/app', {
      architecture,
      layers: [gzipSync(Buffer.alloc(1024)), gzipSync(Buffer.alloc(2048))],
    }),
  );
  index = addIndex(origin.store, 'team/app', platforms, '1');
  signature = addReferrer(origin.store, 'team/app', index);
  image = `${registry.host}/copies/team/app`;
  const rules = join(folder, 'detour.yaml');
  writeFileSync(
    rules,
    `version: 1
registries: {"${origin.host}": {plainHttp: true}, "${registry.host}": {plainHttp: true}}
rules: [{from: "${origin.host}", to: "${registry.host}/copies"}]
sync: {images: ["${origin.host}/team/app:1"]}
`,
  );
  const { code, stdout } = await runDetour(['--rules', rules, 'sync'], { env: { HOME: folder } });
  expect(code, stdout).toBe(0);
});
afterAll(async () => {
  await registry.stop();
  await origin.close();
  rmSync(folder, { recursive: true });
});

test('skopeo reads it with all its platforms, and the list of what refers to it', async () => {
  const skopeo = skopeoIn(folder);
  const insecure = '--src-tls-verify=false';
  await skopeo('copy', '--all', insecure, `docker://${image}:1`, `dir:${join(folder, 'dir')}`);
  const there = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${image}:1`);
  expect(digestOf(there)).toBe(index.digest);
  const tag = index.digest.replace(':', '-');
  const list = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${image}:${tag}`);
  expect(JSON.parse(list)).toMatchObject({ manifests: [{ digest: signature.digest }] });
});

test('containerd reads it with all its platforms', async () => {
  const home = join(folder, 'containerd');
  mkdirSync(home);
  const daemon = await Containerd.start(home);
  const fetch = ['content', 'fetch', '--plain-http', '--all-platforms', `${image}:1`];
  await run('ctr', ['-a', daemon.address, ...fetch], {});
  const listed = await run('ctr', ['-a', daemon.address, 'content', 'ls', '-q'], {});
  await daemon.stop();
  const wanted = [...origin.store.repository('team/app').manifests.keys()];
  for (const digest of wanted.filter((one) => one !== signature.digest))
    expect(listed).toContain(digest);
});

test('crane reads it with all its platforms', async () => {
  const crane = buildOnce('test/sync/build-registry.sh', 'crane');
  const layout = join(folder, 'layout');
  await run(crane, ['pull', '--insecure', '--format', 'oci', `${image}:1`, layout], {});
  const pulled = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as object;
  expect(pulled).toMatchObject({ manifests: [{ digest: index.digest }] });
  const digest = await run(crane, ['digest', '--insecure', `${image}:1`], {});
  expect(digest.trim()).toBe(index.digest);
}, 900_000);
