import { type Document, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Path, Position } from '../rules/diagnostic.ts';
import { Lines } from '../rules/position.ts';
import { YamlReader } from '../rules/yaml-documents.ts';
import { imageFields, neverPulled } from '../workload/image-fields.ts';
import { manifestLimits } from './limits.ts';
import { type Aliases, entriesOf, get, resolve, textOf } from './node.ts';
import { readValue } from './value.ts';

/** ManifestObject is the object that an image belongs to. Each item of a List is one. */
interface ManifestObject {
  /** Its path in the document. */
  readonly path: Path;
  /** Empty if it has none. */
  readonly kind: string;
  readonly name: string;
  /** `default` if it has none, as in kubectl. */
  readonly namespace: string;
}

/** ManifestImage is an image of a manifest and its position in the text. */
export interface ManifestImage extends Position {
  readonly image: string;
  readonly object: ManifestObject;
  /**
   * The place in a Pod: the letter of the list and the name in it (`c/app`, `i/…`, `e/…`, `v/…`).
   * Undefined for a key `image` outside a Pod spec, from which an operator may make Pods.
   */
  readonly place: string | undefined;
  /** False if the pull policy next to it is Never. */
  readonly isPulled: boolean;
  /** The number of the document in the text, from 0. */
  readonly document: number;
  /** The keys and indexes that lead to it in its document. */
  readonly path: Path;
  /** The range in the text, in characters, including quotes. */
  readonly start: number;
  readonly end: number;
}

/** ManifestPodSpec is a Pod spec, of a Pod or in the template of an object that makes Pods. */
export interface ManifestPodSpec {
  readonly object: ManifestObject;
  readonly document: number;
  /** The path of the Pod or template that holds the spec in its key `spec`. */
  readonly path: Path;
}

/** ManifestError is a reason why a text cannot be read, with its position. */
export interface ManifestError extends Position {
  readonly message: string;
}

/** Manifest is what findImages returns for a text. */
export interface Manifest {
  /** In the order of the text. */
  readonly images: readonly ManifestImage[];
  readonly podSpecs: readonly ManifestPodSpec[];
  /** The value of each document; undefined if it cannot be read. */
  readonly documents: readonly unknown[];
  /** A document with an error reports no images. */
  readonly errors: readonly ManifestError[];
}

/** Under these keys `image` is not an image that is pulled: Ceph's volumes, status, labels. */
const keysWithoutImages: ReadonlySet<string> = new Set([
  'rbd',
  'status',
  'labels',
  'annotations',
  'matchLabels',
  'nodeSelector',
  'selector',
]);
/** Kinds that hold data of applications, schemas, or names for Kustomize. */
const kindsWithoutImages: ReadonlySet<string> = new Set([
  'ConfigMap',
  'Secret',
  'CustomResourceDefinition',
  'Kustomization',
  'Component',
]);

/**
 * Finds the images of a YAML or JSON text. It goes by structure, not by kind: a list of containers
 * counts in any object.
 */
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
  /** The key is the offset at which the image starts. */
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
    // The text that was not read may change what was found before it.
    this.#found.clear();
    this.podSpecs.length = 0;
    this.#addError(reader.excess.message, reader.excess.offset);
  }

  #readDocument(document: Document, index: number): void {
    const { value, aliases, problem } = readValue(document);
    this.documents.push(value);
    if (problem !== undefined) this.#addError(problem.message, problem.offset);
    else this.#walk(document.contents, [], { aliases, index, object: noObject, isExcluded: true });
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
      const within = object && { object, isExcluded: kindsWithoutImages.has(object.kind) };
      this.#walkMap(found, path, { ...context, ...within });
    }
  }

  #walkMap(map: YAMLMap, path: Path, context: Context): void {
    this.#readSpec(map, path, context);
    for (const [name, value] of entriesOf(map, context.aliases)) {
      const where = [...path, name];
      // The status says what runs, not what is requested.
      if (name === 'status' && path.length === context.object.path.length) continue;
      const isExcluded = context.isExcluded || keysWithoutImages.has(name);
      const isNamed = name === 'image' || (name === 'reference' && path.at(-1) === 'image');
      if (isNamed && !isExcluded) this.#addImage(value, where, {}, context);
      this.#walk(value, where, { ...context, isExcluded });
    }
  }

  /** Reads a mapping that lists containers or volumes: a Pod spec, or a part of one. */
  #readSpec(map: YAMLMap, path: Path, context: Context): void {
    const { aliases, index: count, object } = context;
    for (const { letter, list, path: keys, pullPolicy } of imageFields) {
      const items = resolve(get(map, list, aliases), aliases);
      if (!isSeq(items)) continue;
      if (list === 'containers' && path.at(-1) === 'spec')
        this.podSpecs.push({ object, document: count, path: path.slice(0, -1) });
      for (const [index, written] of items.items.entries()) {
        const item = resolve(written, aliases);
        const place = `${letter}/${textOf(item, 'name', aliases)}`;
        const at = (below: readonly string[]): unknown =>
          below.reduce((node, key) => get(resolve(node, aliases), key, aliases), item as unknown);
        const policy = resolve(at(pullPolicy), aliases);
        const isPulled = !isScalar(policy) || policy.value !== neverPulled;
        this.#addImage(at(keys), [...path, list, index, ...keys], { place, isPulled }, context);
      }
    }
  }

  #addImage(
    node: unknown,
    path: Path,
    { place, isPulled = true }: { place?: string; isPulled?: boolean },
    context: Context,
  ): void {
    const image = resolve(node, context.aliases);
    if (!isScalar(image) || typeof image.value !== 'string' || image.value === '') return;
    const [start, end] = (node as Node).range ?? [0, 0];
    // A text that aliases repeat is edited once.
    const before = this.#found.get(start);
    if (before !== undefined && (before.place !== undefined || place === undefined)) return;
    this.#found.set(start, {
      image: image.value,
      object: context.object,
      place,
      isPulled,
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
  /** True if a key `image` is not about an image here. */
  readonly isExcluded: boolean;
}

/** Returns the object that a mapping is; undefined if it has no kind or apiVersion. */
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
