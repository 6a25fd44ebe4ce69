import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';

/**
 * Creates an empty folder next to the logs of the API server, where a reader finds it after the
 * run.
 */
export function scratchFolder(name: string): string {
  return mkdtempSync(join(inject('apiServer').logs, `${name}-`));
}

/** Writes a file into a folder of its own, and returns its path. */
export function writeScratch(name: string, text: string): string {
  const file = join(scratchFolder('file'), name);
  writeFileSync(file, text);
  return file;
}

/**
 * MountedFolder is a folder as the kubelet mounts a ConfigMap or Secret: every file leads through
 * `..data`.
 */
export interface MountedFolder {
  readonly path: string;
  /** Swaps all files at once, by renaming a new `..data` over the old one. */
  swap(files: Readonly<Record<string, string>>): void;
}

/** Creates such a folder with these files. */
export function mountFolder(files: Readonly<Record<string, string>>): MountedFolder {
  const path = scratchFolder('mount');
  let version = 0;
  const swap = (next: Readonly<Record<string, string>>) => {
    const old = join(path, `..${version}`);
    version += 1;
    mkdirSync(join(path, `..${version}`));
    for (const [name, text] of Object.entries(next)) {
      writeFileSync(join(path, `..${version}`, name), text);
    }
    symlinkSync(`..${version}`, join(path, '..data_tmp'));
    renameSync(join(path, '..data_tmp'), join(path, '..data'));
    rmSync(old, { recursive: true, force: true });
  };
  swap(files);
  for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(path, name));
  return { path, swap };
}
