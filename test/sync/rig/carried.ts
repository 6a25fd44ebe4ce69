import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { addImage, addMultiArch, addReferrer } from '../../rig/registry/images.ts';
import { findBrokenTags, findMissing } from '../../rig/registry/walk.ts';
import { type Mirroring, startMirroring } from './mirroring.ts';

/** Carried is an origin, a mirror that cannot reach it, and images that are carried from one to the other. */
export interface Carried extends Mirroring {
  /** Lists images of the origin for the next export. */
  list(...images: readonly string[]): void;
  exportTo(layout: string, ...args: readonly string[]): Promise<Printed>;
  importFrom(layout: string, ...args: readonly string[]): Promise<Printed>;
  run(...args: readonly string[]): Promise<Printed>;
  /** Returns the name of a layout of this kind: `oci`, `oci-archive`. */
  layout(kind: string, name?: string): string;
  /** Returns the digest of the last layer of an image. */
  lastLayer(repository: string): string;
  /** Expects that the mirror has all tags and manifests of these repositories, and nothing broken. */
  expectCopied(...repositories: readonly string[]): Promise<void>;
}

/** Printed is how a run ended, and what it wrote. */
interface Printed {
  readonly code: number;
  readonly output: string;
}

/** Starts both registries. The origin has a signed index, and two images that share a layer. */
export async function startCarried(): Promise<Carried> {
  const world = await startMirroring();
  const { origin, mirror, folder } = world;
  addReferrer(origin.store, 'team/app', addMultiArch(origin.store, 'team/app', '1'));
  const signed = addImage(origin.store, 'team/b', { tag: '1', layers: ['shared', 'b'] });
  addImage(origin.store, 'team/b', { tag: `${signed.digest.replace(':', '-')}.sig` });
  addImage(origin.store, 'team/c', { tag: '1', layers: ['shared', 'c'] });
  const listFile = join(folder, 'images.txt');
  const list = (...images: readonly string[]) =>
    writeFileSync(listFile, images.map((image) => `${origin.host}/${image}\n`).join(''));
  list('team/app:1', 'team/b:1', 'team/c:1');
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await world.sync([...args]);
    return { code, output: stdout + stderr };
  };
  return {
    ...world,
    list,
    run,
    exportTo: (layout, ...args) => run('--list', listFile, '--to', layout, ...args),
    importFrom: (layout, ...args) => run('--from', layout, ...args),
    layout: (kind, name = 'carried.tar') => `${kind}:${join(folder, name)}`,
    lastLayer: (name) => {
      const { manifests, tags } = origin.store.repository(name);
      const manifest = manifests.get(tags.get('1') ?? '');
      const { layers } = JSON.parse(String(manifest?.bytes)) as { layers: { digest: string }[] };
      return layers.at(-1)?.digest ?? '';
    },
    expectCopied: async (...repositories) => {
      for (const name of repositories) {
        const copy = mirror.store.repository(`copies/${name}`);
        expect(findMissing(origin.store.repository(name), copy)).toEqual([]);
      }
      expect(await findBrokenTags(mirror.store)).toEqual([]);
    },
  };
}

/** Returns the sizes of all files at a path or below it, and when they were written. */
export function snapshot(path: string): Record<string, string> {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))
    : [path];
  return Object.fromEntries(
    files.map((file) => {
      const { mtimeMs, size } = statSync(file);
      return [file, `${mtimeMs} ${size}`];
    }),
  );
}
