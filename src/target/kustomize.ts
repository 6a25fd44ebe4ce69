import { type Decision, decide } from '../decision/decide.ts';
import { writeYaml } from '../manifest/write-yaml.ts';
import type { Diagnostic } from '../rules/diagnostic.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { type LeftOutKeys, reportLeftOut } from './contract/left-out.ts';
import type { FoundImage } from './contract/options.ts';
import { madeBy, notExpressible, type Target } from './contract/target.ts';
import {
  formatRename,
  isFor,
  namesOf,
  type Rename,
  Renames,
  renameAll,
  renamed,
  renameOne,
} from './kustomize/entries.ts';

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
      images: renames.inOrder().map(formatRename),
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
  registries: 'the Component changes nothing but images, so it adds no pull secrets',
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
    const { image, object, path, isPulled } = one;
    const field = path.slice(object.path.length);
    const key = `${object.namespace} ${isLookedAt(field)} ${isPulled} ${image}`;
    if (decided.has(key)) continue;
    const decision = isPulled ? decide(image, ruleSet, object) : keepUnpulled(image);
    decided.set(key, { ...one, field, decision });
  }
  return [...decided.values()];
}

/** An image that is never pulled is on the node under this name, or nowhere. */
function keepUnpulled(image: string): Decision {
  return { action: 'keep', reason: 'no-rule', rule: undefined, image };
}

/** Returns the entries for images that change; reports those for which there is none. */
function renamesOf(decided: readonly Decided[], diagnostics: Diagnostic[]): Renames {
  const renames = new Renames();
  for (const one of decided.filter(({ decision }) => decision.action !== 'keep')) {
    const rename = renameOf(one);
    if (typeof rename !== 'string') renames.add(rename);
    else diagnostics.push(aboutImage(one, rename));
  }
  return renames;
}

/** Returns the entry for an image that changes, or why there is none. */
function renameOf({ image, field, decision }: Decided): Rename | string {
  if (!isLookedAt(field)) return `Kustomize does not look at ${field.join('.')}: ${image} stays`;
  if (decision.action === 'deny') return `${image} is kept, not denied`;
  const make = isOfOneImage(decision) ? renameOne : renameAll;
  const rename = make(image, decision.image);
  const isRight = isFor(rename, image) && renamed(image, rename) === decision.image;
  return isRight ? rename : `Kustomize cannot make ${decision.image} of ${image}`;
}

/** Reports whether the decision depends on the tag or the digest. */
function isOfOneImage({ rule, earlier = [] }: Decision): boolean {
  return [rule, ...earlier.map((each) => each.rule)].some((each) => each?.origin.suffix);
}

/**
 * Removes renames that would be wrong for another image of the same name: an entry is for every
 * image of its name, and in doubt all stay as they are written.
 */
function leaveAmbiguous(
  { names, images }: Renames,
  decided: readonly Decided[],
  diagnostics: Diagnostic[],
): void {
  const seen = decided.filter(({ field }) => isLookedAt(field));
  const leave = (from: Map<string, Rename>, one: Decided, name: string) => {
    const rename = from.get(name);
    const { image, object } = one;
    const wanted = wantedOf(one);
    if (rename === undefined || renamed(image, rename) === wanted) return;
    from.delete(name);
    const others = `other images of this name become ${rename.newName}, ${image} in ${object.namespace} ${wanted}`;
    diagnostics.push(aboutImage(one, `"${name}" stays as it is: ${others}`));
  };
  for (const one of seen) leave(images, one, one.image);
  for (const one of seen) {
    // An image with its own entry has its new name before the entry for all of its name is applied.
    const isDone = images.has(one.image);
    const last = isDone ? { ...one, image: wantedOf(one) } : one;
    for (const name of namesOf(last.image)) {
      if (!isDone || namesOf(one.image).includes(name)) leave(names, last, name);
    }
  }
}

function wantedOf({ image, decision }: Decided): string {
  return decision.action === 'rewrite' ? decision.image : image;
}

function aboutImage({ file, line, column }: FoundImage, message: string): Diagnostic {
  return { ...notExpressible(undefined, message), file, line, column };
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
