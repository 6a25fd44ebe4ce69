import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildOnce } from '../rig/build-once.ts';
import { Containerd } from '../rig/containerd.ts';
import { digestOf } from '../rig/registry/content.ts';
import {
  addImage,
  addIndex,
  addMultiArch,
  addReferrer,
  dockerTypes,
} from '../rig/registry/images.ts';
import { type RegistryProgramName, startRegistryProgram } from '../rig/registry/programs.ts';
import { type FakeRegistry, startRegistry } from '../rig/registry/registry.ts';
import { findBrokenTags, findMissing } from '../rig/registry/walk.ts';
import { startSync } from './rig/detour-sync.ts';
import { skopeoIn } from './rig/skopeo.ts';

let folder: string;
let origin: FakeRegistry;

// What is built once takes minutes on a busy machine.
beforeAll(() => {
  for (const name of ['distribution', 'crane']) buildOnce('test/sync/build-registry.sh', name);
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'real-registries-'));
  origin = await startRegistry();
  const { store } = origin;
  addReferrer(store, 'team/app', addMultiArch(store, 'team/app', '1'));
  const types = dockerTypes;
  const children = ['amd64', 'arm64'].map((architecture) =>
    addImage(store, 'docker', { architecture, types, layers: ['base', architecture] }),
  );
  addIndex(store, 'docker', children, '1', types);
});
afterEach(async () => {
  await origin.close();
  rmSync(folder, { recursive: true });
});

const images = ['team/app:1', 'docker:1'];
const programs: readonly RegistryProgramName[] = ['docker-registry', 'distribution', 'crane'];

async function sync(from: string, to: string): Promise<void> {
  const run = startSync(folder, {
    list: images.map((image) => `${from}/${image}`),
    rules: {
      registries: { [from]: { plainHttp: true }, [to]: { plainHttp: true } },
      rules: [{ from, to }],
    },
  });
  expect(await run.ended, run.output()).toBe(0);
}

test.each(programs)(
  '%s is filled, and skopeo, crane and containerd read what arrived',
  async (name) => {
    const registry = await startRegistryProgram(name, join(folder, name));
    await sync(origin.host, registry.host);
    await readBySkopeo(registry.host);
    await readByCrane(registry.host);
    await readByContainerd(registry.host);
    await registry.stop();
  },
);

test.each(programs)('%s is an origin, too: signatures and digests come back', async (name) => {
  const registry = await startRegistryProgram(name, join(folder, name));
  const back = await startRegistry();
  await sync(origin.host, registry.host);
  await sync(registry.host, back.host);
  for (const repository of ['team/app', 'docker']) {
    const copy = back.store.repository(repository);
    expect(findMissing(origin.store.repository(repository), copy)).toEqual([]);
  }
  expect(await findBrokenTags(back.store)).toEqual([]);
  await back.close();
  await registry.stop();
});

/** Compares each manifest, and reads all blobs. */
async function readBySkopeo(host: string): Promise<void> {
  const skopeo = skopeoIn(folder);
  const insecure = '--src-tls-verify=false';
  for (const [name, { manifests }] of origin.store.repositories) {
    for (const digest of manifests.keys()) {
      const there = `docker://${host}/${name}@${digest}`;
      expect(digestOf(await skopeo('inspect', '--raw', '--tls-verify=false', there))).toBe(digest);
    }
    const to = `dir:${mkdtempSync(join(folder, 'skopeo-'))}`;
    await skopeo('copy', '--all', '--preserve-digests', insecure, `docker://${host}/${name}:1`, to);
  }
}

/** Its validation reads all layers, but not those of attestations. */
async function readByCrane(host: string): Promise<void> {
  const crane = buildOnce('test/sync/build-registry.sh', 'crane');
  for (const image of images) {
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      const validate = ['validate', '--insecure', '--platform', platform, '--remote'];
      await promisify(execFile)(crane, [...validate, `${host}/${image}`]);
    }
  }
}

async function readByContainerd(host: string): Promise<void> {
  const containerd = await Containerd.start(folder);
  for (const image of images) {
    const fetch = ['content', 'fetch', '--plain-http', '--all-platforms', `${host}/${image}`];
    await promisify(execFile)('ctr', ['--address', containerd.address, ...fetch]);
  }
  await containerd.stop();
}
