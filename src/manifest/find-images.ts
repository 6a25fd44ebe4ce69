import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import type { Path, Position } from '../rules/diagnostic.ts';
import { isNestedDeeper } from '../rules/nesting.ts';
import { imageFields } from '../workload/images.ts';

/** The object that something belongs to: of a List's items each is one. */
interface ManifestObject {
  /** Empty where it says none. */
  readonly kind: string;
  readonly name: string;
  /** As kubectl, `default` where it says none. */
  readonly namespace: string;
}

/** An image of a manifest, and where its text stands. */
export interface ManifestImage extends Position {
  readonly image: string;
  readonly object: ManifestObject;
  /** As in a Pod: letter of the list and name in it (`c/app`, `i/…`, `e/…`, `v/…`). */
  readonly place: string;
  /** Counts the documents of the text, from 0. */
  readonly document: number;
  /** Keys and indexes that lead to it in its document. */
  readonly path: Path;
  /** Characters of the text, quotes included. */
  readonly start: number;
  readonly end: number;
}

/** A Pod spec wherever it is: what makes Pods has one in it. */
export interface ManifestPodSpec {
  readonly object: ManifestObject;
  readonly document: number;
  /** Of the Pod, or the template, that holds the spec; the spec is below its key `spec`. */
  readonly path: Path;
}

export interface ManifestError extends Position {
  readonly message: string;
}

export interface Manifest {
  /** In the order of the text. */
  readonly images: readonly ManifestImage[];
  readonly podSpecs: readonly ManifestPodSpec[];
  /** What each document holds; undefined for one that cannot be read. */
  readonly documents: readonly unknown[];
  /** Of a document with an error nothing is told. */
  readonly errors: readonly ManifestError[];
}

/** Schemas of custom resources go some 60 deep. */
const maxDepth = 500;

/** Finds the images of YAML or JSON of many documents. By structure, not by kind: a list of containers is one in any object. */
export function findImages(text: string): Manifest {
  if (isNestedDeeper(text, maxDepth)) {
    const message = `lists and mappings are nested more than ${maxDepth} deep`;
    return {
      images: [],
      podSpecs: [],
      documents: [],
      errors: [{ line: 1, column: 1, message }],
    };
  }
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'silent' });
  const finder = new Finder(lineCounter);
  for (const [index, document] of (Array.isArray(parsed) ? parsed : []).entries()) {
    finder.readDocument(document, index);
  }
  finder.images.sort((a, b) => a.start - b.start);
  return finder;
}

const noObject: ManifestObject = { kind: '', name: '', namespace: 'default' };

class Finder implements Manifest {
  readonly images: ManifestImage[] = [];
  readonly podSpecs: ManifestPodSpec[] = [];
  readonly documents: unknown[] = [];
  readonly errors: ManifestError[] = [];
  readonly #lineCounter: LineCounter;
  /** What an alias repeats stands in the text once. */
  readonly #starts = new Set<number>();

  constructor(lineCounter: LineCounter) {
    this.#lineCounter = lineCounter;
  }

  readDocument(document: Document, index: number): void {
    const value = this.#valueOf(document);
    this.documents.push(value);
    if (value === undefined) return;
    this.#walk(document.contents, [], { document, index, object: noObject });
  }

  #valueOf(document: Document): unknown {
    for (const { message, pos } of document.errors) {
      this.errors.push({ message, ...this.#position(pos[0]) });
    }
    if (document.errors.length > 0) return undefined;
    try {
      // Undefined is for what cannot be read; a document of nothing but a comment is null.
      return document.toJS({ maxAliasCount: 100 }) ?? null;
    } catch (error) {
      const start = (document.contents as Node | null)?.range?.[0] ?? 0;
      this.errors.push({ message: (error as Error).message, ...this.#position(start) });
      return undefined;
    }
  }

  #walk(node: unknown, path: Path, context: Context): void {
    const found = resolve(node, context);
    if (isSeq(found)) {
      for (const [index, item] of found.items.entries())
        this.#walk(item, [...path, index], context);
    } else if (isMap(found)) {
      const object = objectOf(found, context) ?? context.object;
      this.#walkMap(found, path, { ...context, object });
    }
  }

  #walkMap(map: YAMLMap, path: Path, context: Context): void {
    const isSpec = imageFields.some(({ list }) => isSeq(resolve(map.get(list, true), context)));
    if (isSpec) this.#readSpec(map, path, context);
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value) : '';
      // What runs is not what is asked for.
      const isStatus = name === 'status' && path.length === 0;
      if (!isStatus) this.#walk(value, [...path, name], context);
    }
  }

  #readSpec(spec: YAMLMap, path: Path, context: Context): void {
    if (path.at(-1) === 'spec' && isSeq(resolve(spec.get('containers', true), context))) {
      const { object, index } = context;
      this.podSpecs.push({ object, document: index, path: path.slice(0, -1) });
    }
    for (const { letter, list, inItem } of imageFields) {
      const items = resolve(spec.get(list, true), context);
      if (!isSeq(items)) continue;
      const keys = inItem.slice(1).split('/');
      for (const [index, item] of items.items.entries()) {
        const where = [...path, list, index, ...keys];
        this.#readImage(resolve(item, context), { letter, keys, path: where }, context);
      }
    }
  }

  #readImage(item: unknown, { letter, keys, path }: Field, context: Context): void {
    let node: unknown = item;
    for (const key of keys) node = get(resolve(node, context), key);
    const image = resolve(node, context);
    const [start, end] = (node as Node | undefined)?.range ?? [0, 0];
    if (!isScalar(image) || typeof image.value !== 'string' || image.value === '') return;
    if (this.#starts.has(start)) return;
    this.#starts.add(start);
    this.images.push({
      image: image.value,
      object: context.object,
      place: `${letter}/${textOf(item, 'name', context)}`,
      document: context.index,
      path,
      start,
      end,
      ...this.#position(start),
    });
  }

  #position(offset: number): Position {
    const { line, col } = this.#lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

interface Context {
  readonly document: Document;
  readonly index: number;
  readonly object: ManifestObject;
}

interface Field {
  readonly letter: string;
  readonly keys: readonly string[];
  readonly path: Path;
}

function resolve(node: unknown, { document }: Context): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function get(node: unknown, key: string): unknown {
  return isMap(node) ? node.get(key, true) : undefined;
}

function textOf(node: unknown, key: string, context: Context): string {
  const found = resolve(get(node, key), context);
  return isScalar(found) && typeof found.value === 'string' ? found.value : '';
}

/** A mapping that says what it is. */
function objectOf(map: YAMLMap, context: Context): ManifestObject | undefined {
  const kind = textOf(map, 'kind', context);
  if (kind === '' || textOf(map, 'apiVersion', context) === '') return undefined;
  const metadata = resolve(map.get('metadata', true), context);
  const name = textOf(metadata, 'name', context) || textOf(metadata, 'generateName', context);
  return { kind, name, namespace: textOf(metadata, 'namespace', context) || 'default' };
}
