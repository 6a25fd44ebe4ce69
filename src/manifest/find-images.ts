import { type Document, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Path, Position } from '../rules/diagnostic.ts';
import { Lines } from '../rules/position.ts';
import { YamlReader } from '../rules/yaml-documents.ts';
import { imageFields } from '../workload/image-fields.ts';
import { manifestLimits } from './limits.ts';
import { type Aliases, entriesOf, get, resolve, textOf } from './node.ts';
import { readValue } from './value.ts';

/** The object that something belongs to: of a List's items each is one. */
interface ManifestObject {
  /** Where it stands in its document. */
  readonly path: Path;
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
  /**
   * As in a Pod: letter of the list and name in it (`c/app`, `i/…`, `e/…`, `v/…`). Undefined for what only looks like an
   * image, at a key of that name: operators make Pods of those.
   */
  readonly place: string | undefined;
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

/** Below these an `image` is none that is pulled: Ceph's, what a cluster reports, and what users call their labels. */
const otherwise = new Set([
  ...['rbd', 'status', 'labels', 'annotations', 'matchLabels', 'nodeSelector', 'selector'],
]);
/** Kinds that hold other people's data, schemas, or names for Kustomize. */
const otherKinds = new Set([
  ...['ConfigMap', 'Secret', 'CustomResourceDefinition', 'Kustomization', 'Component'],
]);

/** Finds the images of YAML or JSON of many documents. By structure, not by kind: a list of containers is one in any object. */
export function findImages(text: string): Manifest {
  const finder = new Finder(new Lines(text));
  finder.readText(text);
  const { images, podSpecs, documents, errors } = finder;
  return { images, podSpecs, documents, errors };
}

const noObject: ManifestObject = { path: [], kind: '', name: '', namespace: 'default' };

class Finder implements Manifest {
  readonly podSpecs: ManifestPodSpec[] = [];
  readonly documents: unknown[] = [];
  readonly errors: ManifestError[] = [];
  readonly #lines: Lines;
  /** By where they start. */
  readonly #found = new Map<number, ManifestImage>();

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  get images(): readonly ManifestImage[] {
    return [...this.#found.values()].sort((a, b) => a.start - b.start);
  }

  readText(text: string): void {
    const reader = new YamlReader(manifestLimits);
    let index = 0;
    for (const document of reader.read(text)) this.#readDocument(document, index++);
    if (reader.excess === undefined) return;
    // What was found before that may be changed by what follows.
    this.#found.clear();
    this.podSpecs.length = 0;
    this.#addError(reader.excess.message, reader.excess.offset);
  }

  #readDocument(document: Document, index: number): void {
    const { value, aliases, problem } = readValue(document);
    this.documents.push(value);
    if (problem !== undefined) this.#addError(problem.message, problem.offset);
    else this.#walk(document.contents, [], { aliases, index, object: noObject, isOther: true });
  }

  #addError(message: string, offset: number): void {
    this.errors.push({ message, ...this.#lines.position(offset) });
  }

  #walk(node: unknown, path: Path, context: Context): void {
    const found = resolve(node, context.aliases);
    if (isSeq(found)) {
      for (const [index, item] of found.items.entries())
        this.#walk(item, [...path, index], context);
    } else if (isMap(found)) {
      const object = objectOf(found, path, context);
      const within = object && { object, isOther: otherKinds.has(object.kind) };
      this.#walkMap(found, path, { ...context, ...within });
    }
  }

  #walkMap(map: YAMLMap, path: Path, context: Context): void {
    this.#readSpec(map, path, context);
    for (const [name, value] of entriesOf(map, context.aliases)) {
      const where = [...path, name];
      // What runs is not what is asked for.
      if (name === 'status' && path.length === context.object.path.length) continue;
      const isOther = context.isOther || otherwise.has(name);
      const isNamed = name === 'image' || (name === 'reference' && path.at(-1) === 'image');
      if (isNamed && !isOther) this.#addImage(value, where, undefined, context);
      this.#walk(value, where, { ...context, isOther });
    }
  }

  /** What lists containers or volumes is a Pod spec, or a part of one. */
  #readSpec(map: YAMLMap, path: Path, context: Context): void {
    const { aliases, index: count, object } = context;
    for (const { letter, list, path: keys } of imageFields) {
      const items = resolve(get(map, list, aliases), aliases);
      if (!isSeq(items)) continue;
      if (list === 'containers' && path.at(-1) === 'spec')
        this.podSpecs.push({ object, document: count, path: path.slice(0, -1) });
      for (const [index, written] of items.items.entries()) {
        const item = resolve(written, aliases);
        const place = `${letter}/${textOf(item, 'name', aliases)}`;
        let node: unknown = item;
        for (const key of keys) node = get(resolve(node, aliases), key, aliases);
        this.#addImage(node, [...path, list, index, ...keys], place, context);
      }
    }
  }

  #addImage(node: unknown, path: Path, place: string | undefined, context: Context): void {
    const image = resolve(node, context.aliases);
    if (!isScalar(image) || typeof image.value !== 'string' || image.value === '') return;
    const [start, end] = (node as Node).range ?? [0, 0];
    // What an alias repeats stands in the text once.
    const before = this.#found.get(start);
    if (before !== undefined && (before.place !== undefined || place === undefined)) return;
    this.#found.set(start, {
      image: image.value,
      object: context.object,
      place,
      document: context.index,
      path,
      start,
      end,
      ...this.#lines.position(start),
    });
  }
}

interface Context {
  readonly aliases: Aliases;
  readonly index: number;
  readonly object: ManifestObject;
  /** Whether a key `image` is about something else here. */
  readonly isOther: boolean;
}

/** A mapping that says what it is. */
function objectOf(map: YAMLMap, path: Path, context: Context): ManifestObject | undefined {
  const kind = textOf(map, 'kind', context.aliases);
  if (kind === '' || textOf(map, 'apiVersion', context.aliases) === '') return undefined;
  const metadata = resolve(get(map, 'metadata', context.aliases), context.aliases);
  const name =
    textOf(metadata, 'name', context.aliases) || textOf(metadata, 'generateName', context.aliases);
  return {
    path,
    kind,
    name,
    namespace: textOf(metadata, 'namespace', context.aliases) || 'default',
  };
}
