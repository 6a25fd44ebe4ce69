import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { readRegularFileWithin } from '../../../file/read-within.ts';
import { readValues } from '../../../manifest/value.ts';
import type { TargetDocument } from '../../../target/contract/target.ts';
import { readText } from '../../input/read-text.ts';
import { type Terminal, UsageError } from '../../terminal.ts';
import { isGeneratedFile } from './generated-file.ts';

/** The largest deployed text that is read, in bytes. */
const maxLength = 64 * 1024 * 1024;
const differs = 'differs from the rules';

/**
 * Lists how a deployment differs from what the rules compile to now. The place is a folder that
 * `--output` wrote, a file, or (`-`) objects on standard input, as `kubectl get -o yaml` prints
 * them. Objects may hold more than was applied: defaults, status.
 */
export async function compareDeployed(
  place: string,
  documents: readonly TargetDocument[],
  terminal: Terminal,
): Promise<string[]> {
  if (place !== '-' && (await isFolder(place))) return await compareFolder(place, documents);
  // The files of CAs are next to a file of settings, which can be compared by itself.
  const named = documents.filter(({ path }) => basename(path) === basename(place));
  return await compareOne(place, named.length > 0 ? named : documents, terminal);
}

async function compareOne(
  place: string,
  documents: readonly TargetDocument[],
  terminal: Terminal,
): Promise<string[]> {
  if (documents.length === 0)
    throw new UsageError(
      'the rules compile to no files, so there is nothing to compare with: pass a folder',
    );
  const reading = { place, limit: maxLength, what: 'what is deployed' };
  const text = await readText(reading, terminal);
  const wanted = documents.map((document) => document.text).join('\n---\n');
  const isData = documents.every(({ path }) => /\.(yaml|json)$/.test(path));
  return isData ? compareData(place, text, wanted) : compareText(place, text, wanted);
}

/** Compares texts. The file may hold more than the rules say: credentials, other settings. */
function compareText(place: string, text: string, wanted: string): string[] {
  return text.includes(wanted) ? [] : [`${place}: ${differs}`];
}

function compareData(place: string, text: string, wanted: string): string[] {
  const [is, should] = [objectsOf(text), objectsOf(wanted)];
  if (is === undefined || should === undefined) return [`${place}: ${differs}`];
  if (should.length === 0) return is.length === 0 ? [] : [`${place}: ${differs}`];
  return should.flatMap((object) => {
    const name = nameOf(object);
    const [found, ...others] = is.filter((other) => nameOf(other) === name);
    if (found === undefined) return [`${place}: ${name ? `there is no ${name}` : differs}`];
    // kubectl apply ends with the last one; a node reads one of them.
    if (others.length > 0) return [`${place}: there is more than one ${name ?? 'document'}`];
    const path = firstDifference(object, found);
    if (path === undefined) return [];
    return [`${place}: ${name ? `${name} differs at ${path}` : differs}`];
  });
}

async function compareFolder(
  folder: string,
  documents: readonly TargetDocument[],
): Promise<string[]> {
  const wanted = new Map(documents.map(({ path, text }) => [path, text]));
  const differences: string[] = [];
  for (const [path, text] of wanted) {
    const file = join(folder, path);
    const isThere = await stat(file).catch(() => undefined);
    const found = await readRegularFileWithin(file, maxLength).catch(() => undefined);
    if (isThere === undefined) differences.push(`${file}: missing`);
    else if (found !== text) differences.push(`${file}: ${differs}`);
  }
  for await (const file of filesBelow(folder)) {
    const path = relative(folder, file);
    if (wanted.has(path)) continue;
    if (await isGeneratedFile(file)) differences.push(`${file}: no longer in the rules`);
  }
  return differences;
}

/** Yields the files in a folder and its subfolders. Skips what cannot be read: it is not ours. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** Returns the path at which `found` lacks a value of `wanted` or has another one. */
function firstDifference(wanted: unknown, found: unknown, path = ''): string | undefined {
  if (typeof wanted !== 'object' || wanted === null) return wanted === found ? undefined : path;
  if (typeof found !== 'object' || found === null) return path;
  if (Array.isArray(wanted) && wanted.length !== (found as unknown[]).length) return path;
  for (const [key, value] of Object.entries(wanted)) {
    const inner = path === '' ? key : `${path}.${key}`;
    const difference = firstDifference(value, (found as Record<string, unknown>)[key], inner);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

interface DataObject {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown };
  /** Talos has its names here. */
  readonly name?: unknown;
  readonly items?: unknown;
}

/**
 * Returns the objects of a YAML or JSON text, including the items of a List; undefined for any
 * other text.
 */
function objectsOf(text: string): DataObject[] | undefined {
  const values = readValues(text) as (DataObject | null)[] | undefined;
  const objects = values?.flatMap((value) => value?.items ?? value ?? []);
  return objects?.filter((each) => typeof each === 'object' && each !== null) as DataObject[];
}

/**
 * Returns KIND/NAME, as kubectl writes it; undefined for what is not a Kubernetes object, such as
 * settings of a program.
 */
function nameOf({ kind, metadata, name }: DataObject): string | undefined {
  return kind === undefined ? undefined : `${String(kind)}/${String(metadata?.name ?? name)}`;
}

async function isFolder(place: string): Promise<boolean> {
  return await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
