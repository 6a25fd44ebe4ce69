import { type Decision, decide } from '../decision/decide.ts';
import { writeYaml } from '../manifest/write-yaml.ts';
import { formatTagAndDigest, parseReference } from '../reference/reference.ts';
import type { Diagnostic } from '../rules/diagnostic.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { type LeftOutKeys, reportLeftOut } from './contract/left-out.ts';
import type { FoundImage } from './contract/options.ts';
import { madeBy, notExpressible, type Target } from './contract/target.ts';

/**
 * Renames each image of given manifests: Kustomize has no patterns that keep the rest of a name.
 */
export const kustomize: Target = {
  name: 'kustomize',
  title: 'Kustomize Component that renames the images of given manifests (image volumes: 5.7)',
  needs: ['images'],
  abilities: {
    paths: 'yes',
    wildcards: 'yes',
    keep: 'yes',
    deny: 'no',
    library: 'yes',
    namespaces: 'partly',
    bypass: 'yes',
  },
  compile(ruleSet, { images = [] }) {
    const decided = decideEach(images, ruleSet);
    const diagnostics = reportLeftOut(ruleSet, leftOutKeys);
    // Of a build that failed, or of the wrong files: a Component without images would go unnoticed.
    if (images.length === 0)
      diagnostics.push(
        notExpressible(undefined, 'the manifests hold no image of a Kubernetes object'),
      );
    const renames = renamesOf(decided, diagnostics);
    leaveAmbiguous(renames, decided, diagnostics);
    const component = {
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      images: inOrder(renames).map(([name, newName]) => ({ name: escapeName(name), newName })),
    };
    const comment = `# ${madeBy('kustomize', ', for the images found')}\n`;
    const text = comment + writeYaml([component]);
    return { documents: [{ path: 'kustomization.yaml', text }], diagnostics };
  },
};

/** Each image is decided with its namespace, and reported if it is denied. */
const leftOutKeys: LeftOutKeys = {
  bypass: undefined,
  namespaces: undefined,
  exits: undefined,
  skip: 'Kustomize renames the images of all objects alike',
  namespaceRules: 'Kustomize does not read the ConfigMaps of namespaces',
  annotate: 'the Component changes nothing but images',
  pullSecrets: 'the Component changes nothing but images',
  warn: 'Kustomize has no warnings',
};

interface Decided extends FoundImage {
  readonly decision: Decision;
  /** The keys and indexes that lead to it in its object. */
  readonly field: FoundImage['path'];
}

/** Decides each image once for a namespace and whether Kustomize looks at its field. */
function decideEach(images: readonly FoundImage[], ruleSet: RuleSet): Decided[] {
  const decided = new Map<string, Decided>();
  for (const one of images) {
    const { image, object, path } = one;
    const field = path.slice(object.path.length);
    const key = `${object.namespace} ${isLookedAt(field)} ${image}`;
    if (!decided.has(key)) {
      decided.set(key, { ...one, field, decision: decide(image, ruleSet, object) });
    }
  }
  return [...decided.values()];
}

/** Maps each name to what it becomes; reports the images for which there is no such entry. */
function renamesOf(decided: readonly Decided[], diagnostics: Diagnostic[]): Map<string, string> {
  const renames = new Map<string, string>();
  for (const one of decided) {
    const { image, decision } = one;
    if (decision.action === 'keep') continue;
    if (!isLookedAt(one.field)) {
      const field = one.field.join('.');
      diagnostics.push(aboutImage(one, `Kustomize does not look at ${field}: ${image} stays`));
    } else if (decision.action === 'deny') {
      diagnostics.push(aboutImage(one, `${image} is kept, not denied`));
    } else {
      const suffix = suffixOf(decision.image);
      const [name, newName] = [withoutEnd(image, suffix), withoutEnd(decision.image, suffix)];
      const isRight = isNamed(image, name) && rename(image, newName) === decision.image;
      if (isRight) renames.set(name, newName);
      else diagnostics.push(aboutImage(one, `Kustomize cannot make ${decision.image} of ${image}`));
    }
  }
  return renames;
}

/**
 * Removes renames that would be wrong for another image of the same name: an entry is for every
 * image of its name, and in doubt all stay as they are written.
 */
function leaveAmbiguous(
  renames: Map<string, string>,
  decided: readonly Decided[],
  diagnostics: Diagnostic[],
): void {
  for (const one of decided.filter(({ field }) => isLookedAt(field))) {
    const { image, object, decision } = one;
    const wanted = decision.action === 'rewrite' ? decision.image : image;
    for (const name of namesOf(image)) {
      const newName = renames.get(name);
      if (newName === undefined || rename(image, newName) === wanted) continue;
      renames.delete(name);
      const others = `other images of this name become ${newName}, ${image} in ${object.namespace} ${wanted}`;
      diagnostics.push(aboutImage(one, `"${name}" stays as it is: ${others}`));
    }
  }
}

/**
 * Orders the entries. Kustomize applies one after the other, each to what the ones before it made:
 * what takes `direct.to/busybox` to `busybox` must come after what `busybox` becomes.
 */
function inOrder(renames: ReadonlyMap<string, string>): [name: string, newName: string][] {
  const begun = new Set<string>();
  const placed: [string, string][] = [];
  const place = (name: string) => {
    const newName = renames.get(name);
    if (newName === undefined || begun.has(name)) return;
    begun.add(name);
    place(newName);
    placed.push([name, newName]);
  };
  for (const name of [...renames.keys()].sort()) place(name);
  return placed;
}

function suffixOf(image: string): string {
  const reference = parseReference(image);
  return reference === undefined ? '' : formatTagAndDigest(reference);
}

function withoutEnd(image: string, suffix: string): string {
  return image.slice(0, image.length - suffix.length);
}

function aboutImage({ file, line, column }: FoundImage, message: string): Diagnostic {
  return { ...notExpressible(undefined, message), file, line, column };
}

/*
 * How Kustomize renames an image, after its api/internal/image: what it cannot do is known before
 * it runs.
 */

/** Longer than any image that a rule can write. */
const maxLength = 1024;

/** Reports whether an entry of this `name` is for the image. Its digests are sha256 alone. */
function isNamed(image: string, name: string): boolean {
  return namesOf(image).includes(name);
}

/**
 * Returns the names by which an entry finds the image: without its tag, without its digest, without
 * both.
 */
function namesOf(image: string): string[] {
  if (image.length > maxLength) return [];
  const digest = /@sha256:[\w.{}-]*$/.exec(image)?.index ?? image.length;
  const names = new Set([image, image.slice(0, digest)]);
  for (const name of [...names]) {
    const tag = /:[\w.{}-]*$/.exec(name)?.index;
    if (tag !== undefined) names.add(name.slice(0, tag));
  }
  return [...names];
}

/**
 * Returns what becomes of an image that an entry is for. A port behind the first segment is taken
 * for a tag.
 */
function rename(image: string, newName: string): string {
  const start = Math.max(0, image.indexOf('/'));
  const at = image.indexOf('@', start);
  const end = at === -1 ? image.length : at;
  const colon = image.slice(0, end).indexOf(':', start);
  const tag = colon === -1 ? '' : image.slice(colon + 1, end);
  const digest = at === -1 ? '' : image.slice(at + 1);
  return newName + (tag === '' ? '' : `:${tag}`) + (digest === '' ? '' : `@${digest}`);
}

/** Escapes `name`, which is a regular expression to Kustomize. */
function escapeName(name: string): string {
  return name.replace(/[.[\]]/g, '\\$&');
}

type Path = readonly (string | number)[];

/**
 * Reports whether Kustomize looks at this field: in two lists at any depth of any kind, and for
 * volumes in two places (since 5.7).
 */
function isLookedAt(path: Path): boolean {
  const fields = path.map((key) => (typeof key === 'number' ? '[]' : key)).join('/');
  return (
    /(^|\/)(containers|initContainers)\/\[\]\/image$/.test(fields) ||
    /^spec\/(template\/spec\/)?volumes\/\[\]\/image\/reference$/.test(fields)
  );
}
