import type { RulesFile } from '../../src/rules/schema.ts';
import { admits, decideImage, globPattern, isOpen } from './decision-model.ts';
import { recordedImage } from './record-model.ts';
import { registrySecrets } from './registry-model.ts';
import { isStill } from './spelling-model.ts';

/*
 * What a review should answer, in the plainest words there are for docs/rules.md: every rule is
 * compared with every image (decision-model.ts), globs are regular expressions, JSON is read whole.
 * It shares the grammar of references with the program, which has vectors of its own, and nothing
 * else.
 */

type Texts = Readonly<Record<string, string>>;

/** ModelPod is a Pod, as far as the model reads it. */
export interface ModelPod {
  readonly metadata?: {
    readonly annotations?: Texts;
    readonly labels?: Texts;
    readonly ownerReferences?: readonly { readonly apiVersion: string; readonly kind: string }[];
  };
  readonly spec: Readonly<Record<string, readonly Item[] | undefined>>;
}

interface Item {
  readonly name: string;
  readonly image?: string | { readonly reference?: string; readonly pullPolicy?: string };
  readonly imagePullPolicy?: string;
}

/** ModelRequest is the request of a review, as far as the model reads it. */
export interface ModelRequest {
  readonly operation: string;
  readonly namespace: string;
  readonly object: ModelPod;
  readonly oldObject?: ModelPod;
}

/** Returns what each image becomes, by the JSON Pointer of its place; `deny` for refused images. */
export function modelAnswer(file: RulesFile, request: ModelRequest): Map<string, string> {
  const asked = askedImages(file, request);
  return new Map(
    asked.flatMap(({ pointer, image, becomes }) => (becomes === image ? [] : [[pointer, becomes]])),
  );
}

/** Lists the pull secrets that a new Pod needs, each once, in the order of its images. */
export function modelSecrets(file: RulesFile, request: ModelRequest): string[] {
  if (request.operation !== 'CREATE' || !admits(file.namespaces, request.namespace)) return [];
  const asked = askedImages(file, request);
  return [...new Set(asked.flatMap(({ becomes }) => registrySecrets(file, becomes)))];
}

/** Lists the images that the request adds or changes and that are left to the rules. */
function askedImages(file: RulesFile, request: ModelRequest) {
  const { object, oldObject, operation } = request;
  const old = oldObject === undefined ? [] : imagesOf(oldObject);
  const before = new Set(old.map(({ place, image }) => `${place}=${image}`));
  const isAsked = operation === 'CREATE' || oldObject !== undefined;
  if (!isAsked || isSkipped(file, object)) return [];
  return imagesOf(object).flatMap(({ pointer, place, image, pullPolicy }) => {
    const isPlaceholder = image === 'auto' && isOpen(file, 'placeholder');
    const isKept_ = pullPolicy === 'Never' || isPlaceholder || isKept(file, object, place, image);
    if (before.has(`${place}=${image}`) || isKept_) return [];
    const running = old.filter((each) => each.place === place).map((each) => each.image);
    const recorded = file.annotate && recordedImage(request, place, image, running);
    const becomes = recorded || decideImage(file, image, request.namespace);
    return [{ pointer, image, becomes }];
  });
}

function imagesOf({ spec }: ModelPod) {
  const lists = ['containers', 'initContainers', 'ephemeralContainers', 'volumes'];
  return lists.flatMap((list) =>
    (spec[list] ?? []).flatMap(({ name, image, imagePullPolicy }, index) => {
      const text = typeof image === 'object' ? image.reference : image;
      const pullPolicy = typeof image === 'object' ? image.pullPolicy : imagePullPolicy;
      const end = list === 'volumes' ? 'image/reference' : 'image';
      const pointer = `/spec/${list}/${index}/${end}`;
      return text === undefined || text === ''
        ? []
        : { place: `${list[0]}/${name}`, pointer, image: text, pullPolicy };
    }),
  );
}

function isSkipped(file: RulesFile, { metadata = {} }: ModelPod): boolean {
  const { annotations = {}, labels = {}, ownerReferences = [] } = metadata;
  const { skip = {} } = file;
  // No request of these comes from a node, so if the annotation is closed it is only a claim.
  const isStatic = annotations['kubernetes.io/config.mirror'] !== undefined;
  const kinds = ownerReferences.flatMap(({ apiVersion, kind }) => [
    kind,
    `${kind}.${apiVersion.split('/')[0]}`,
  ]);
  const hasOwner = kinds.some((kind) => matchesAny(skip.owners ?? [], kind));
  const hasOneOf = (values: Texts, skipped: Readonly<Record<string, string | string[]>> = {}) =>
    Object.keys(values).some((key) => matchesAny(skipped[key] ?? [], values[key] ?? ''));
  return (
    ((isStatic || hasOneOf(annotations, skip.annotations)) && isOpen(file, 'annotation')) ||
    (hasOneOf(labels, skip.labels) && isOpen(file, 'label')) ||
    (hasOwner && isOpen(file, 'owners'))
  );
}

function isKept(
  file: RulesFile,
  { metadata = {} }: ModelPod,
  place: string,
  image: string,
): boolean {
  const { annotations = {} } = metadata;
  const bypass = annotations['image-detour/bypass'];
  const names = bypass?.split(/[\s,]+/) ?? [];
  const isAnnotated = bypass === 'true' || names.includes(place.slice(2));
  const entries = annotations['image-detour/direct']?.split(' ') ?? [];
  const mark = entries.find((entry) => entry.startsWith(`${place}=`));
  const isMarked = mark !== undefined && isStill(mark.slice(place.length + 1), image);
  const hasBypass = isOpen(file, 'bypass') && file.bypass !== false;
  return (isAnnotated && isOpen(file, 'annotation')) || (hasBypass && isMarked);
}

function matchesAny(globs: string | readonly string[], text: string): boolean {
  return [globs].flat().some((glob) => globPattern(glob).test(text));
}
