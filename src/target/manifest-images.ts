import { type Document, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { Diagnostic, Position } from '../rules/diagnostic.ts';
import { isTooDeep } from '../rules/too-deep.ts';
import { findImages } from '../workload/object-images.ts';

/** An image of a manifest, and where it stands. */
export interface ManifestImage extends Position {
  readonly file: string;
  readonly image: string;
  /** Of its object; as kubectl, `default` where the object names none. */
  readonly namespace: string;
  /** The keys and indexes that lead to it in its object. */
  readonly path: readonly (string | number)[];
}

export interface Manifest {
  readonly images: readonly ManifestImage[];
  /** Why the text cannot be read; then there are no images. */
  readonly errors: readonly Diagnostic[];
}

/** Schemas of CRDs are the deepest that is found in manifests. */
const maxDepth = 200;
/** Kustomize's own files name images that are none of an object. */
const ownGroup = 'kustomize.config.k8s.io/';

/** The images of all Kubernetes objects in a text of YAML or JSON, also of Lists. Never throws. */
export function readManifest(file: string, text: string): Manifest {
  const error = (position: Position, message: string): Manifest => ({
    images: [],
    errors: [{ ...position, file, code: 'yaml-syntax', severity: 'error', message }],
  });
  const start = { line: 1, column: 1 };
  if (isTooDeep(text, maxDepth)) return error(start, `nested more than ${maxDepth} deep`);
  const lineCounter = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, merge: true });
  const images: ManifestImage[] = [];
  for (const document of documents) {
    const [wrong] = document.errors;
    if (wrong !== undefined) return error(positionAt(wrong.pos[0]), wrong.message);
    try {
      for (const { path, ...found } of imagesOf(document.toJS({ maxAliasCount: 100 }))) {
        const position = positionAt(offsetOf(document, [...found.root, ...path]));
        images.push({ file, ...position, image: found.image, namespace: found.namespace, path });
      }
    } catch (thrown) {
      // For aliases that multiply without end, and for those that refer to nothing.
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      return error(positionAt(document.range[0]), message);
    }
  }
  return { images, errors: [] };
}

interface Found extends Pick<ManifestImage, 'image' | 'namespace' | 'path'> {
  /** Where the object stands in its document. */
  readonly root: readonly (string | number)[];
}

interface Unchecked {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly namespace?: unknown } | null;
  readonly items?: unknown;
}

function imagesOf(value: unknown, root: Found['root'] = []): Found[] {
  if (typeof value !== 'object' || value === null) return [];
  const { apiVersion, kind, metadata, items } = value as Unchecked;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return [];
  if (apiVersion.startsWith(ownGroup)) return [];
  if (kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item, index) => imagesOf(item, [...root, 'items', index]));
  const written = metadata?.namespace;
  const namespace = typeof written === 'string' && written !== '' ? written : 'default';
  return findImages(value).map((found) => ({ ...found, namespace, root }));
}

/** Where the value begins; for one that an alias brings in, where its nearest parent does. */
function offsetOf(document: Document, path: Found['path']): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return document.range?.[0] ?? 0;
}
