import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findImages } from '../manifest/find-images.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import type { FoundImage } from '../target/target.ts';
import { readText } from './read-text.ts';
import { type Terminal, UsageError } from './terminal.ts';

/** What one call reads at most, in characters: more than all manifests of a large repository. */
const maxLength = 64 * 1024 * 1024;
const maxFiles = 10_000;
/** Files that hold manifests. */
const isManifest = /\.(ya?ml|json)$/;

/**
 * The images of a file, of each file below a folder, or (`-`) of standard input.
 *
 * @throws UsageError for what cannot be read or is no YAML, with its place
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
    length += text.length;
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

/** In an order that does not change; symbolic links are not followed. */
async function filesBelow(place: string): Promise<string[]> {
  try {
    if (!(await stat(place)).isDirectory()) return [place];
    const entries = await readdir(place, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && isManifest.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    if (files.length > maxFiles)
      throw new UsageError(`${place} holds ${files.length} manifests, more than ${maxFiles}`);
    return files;
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  return new UsageError(`the manifests cannot be read: ${(error as Error).message}`);
}
