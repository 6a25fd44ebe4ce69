import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findImages } from '../../manifest/find-images.ts';
import { formatDiagnostic } from '../../rules/diagnostic.ts';
import type { FoundImage } from '../../target/contract/options.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { readText } from './read-text.ts';

/** The most that one call reads, in bytes: more than all manifests of a large repository. */
const maxLength = 64 * 1024 * 1024;
const maxFiles = 10_000;
/** The most entries that are looked at: listing `/` would take forever. */
const maxEntries = 1_000_000;
/** Matches the names of manifest files. */
const isManifest = /\.(ya?ml|json)$/;

/**
 * Reads the images of a file, of each manifest in a folder and its subfolders, or (`-`) of standard
 * input. Throws UsageError, with line and column, if a text cannot be read or is not valid YAML.
 */
export async function readManifests(
  place: string,
  terminal: Terminal,
): Promise<readonly FoundImage[]> {
  const images: FoundImage[] = [];
  let length = 0;
  for (const file of place === '-' ? ['-'] : await filesBelow(place)) {
    const reading = { place: file, limit: maxLength - length, what: 'the manifests' };
    const text = await readText(reading, terminal);
    length += Buffer.byteLength(text);
    for (const image of imagesOf(file, text)) images.push(image);
  }
  return images;
}

function imagesOf(file: string, text: string): readonly FoundImage[] {
  const { images, errors } = findImages(text);
  if (errors.length === 0) return images.map((image) => ({ ...image, file }));
  const lines = errors.map((error) =>
    formatDiagnostic(file, { ...error, code: 'yaml-syntax', severity: 'error' }),
  );
  throw new UsageError(`the manifests cannot be read:\n${lines.join('\n')}`);
}

/** Lists the files in a stable order. Symbolic links are not followed. */
async function filesBelow(place: string): Promise<string[]> {
  try {
    if (!(await stat(place)).isDirectory()) return [place];
    return (await walk(place)).sort();
  } catch (error) {
    throw unreadable(error);
  }
}

async function walk(place: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [place];
  let count = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await opendir(folder)) {
      requireAtMost(
        maxEntries,
        ++count,
        `${place} holds more than ${maxEntries} files and folders`,
      );
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() && isManifest.test(entry.name)) files.push(path);
    }
    requireAtMost(maxFiles, files.length, `${place} holds more than ${maxFiles} manifests`);
  }
  return files;
}

function requireAtMost(limit: number, count: number, message: string): void {
  if (count > limit) throw new UsageError(message);
}

function unreadable(error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  return new UsageError(`the manifests cannot be read: ${(error as Error).message}`);
}
