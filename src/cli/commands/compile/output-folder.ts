import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';

/*
 * The folder that a user names may be a symbolic link. Inside it no link is followed: it could
 * redirect a write to files that nobody named.
 */

/** Throws an Error if `path` leaves `folder`, by its name or through a symbolic link. */
export async function requireFoldersWithin(folder: string, path: string): Promise<void> {
  if (isAbsolute(path) || normalize(path).split(sep)[0] === '..')
    throw new Error(`${path} is outside ${folder}`);
  for (const inner of foldersOf(folder, path)) {
    const found = await lstat(inner).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (found === undefined) return;
    requireFolder(inner, found);
  }
}

/** Makes `folder` and the folders of `path` in it, one after the other. */
export async function makeFoldersWithin(folder: string, path: string): Promise<void> {
  await makeFolder(folder);
  for (const inner of foldersOf(folder, path)) {
    await mkdir(inner).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    requireFolder(inner, await lstat(inner));
  }
}

/** Throws an Error if the folder of `path` was replaced by a link meanwhile. */
export async function requireSameFolder(folder: string, path: string): Promise<void> {
  const expected = join(await realpath(folder), dirname(path));
  const found = await realpath(join(folder, dirname(path)));
  if (found !== expected) throw new Error(`${join(folder, dirname(path))} leads to ${found}`);
}

/** Returns each folder of `path`, the outermost first. */
function foldersOf(folder: string, path: string): string[] {
  const names = dirname(normalize(path)).split(sep);
  return names
    .map((_, index) => join(folder, ...names.slice(0, index + 1)))
    .filter((inner) => inner !== join(folder));
}

interface Found {
  isSymbolicLink(): boolean;
  isDirectory(): boolean;
}

function requireFolder(path: string, found: Found): void {
  if (found.isSymbolicLink())
    throw new Error(
      `${path} is a symbolic link, which is not followed: remove it, or write to another folder`,
    );
  if (!found.isDirectory()) throw new Error(`${path} is not a folder`);
}

/**
 * Makes a folder and its parents, one by one: in /proc, Node's `recursive` option never returns.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}
