import { nodeReference, parseReference, type Reference } from '../../src/reference/reference.ts';
import type { NamespaceFilter, RuleEntry, RulesFile } from '../../src/rules/schema.ts';

/*
 * What a review should answer, in the plainest words there are for docs/rules.md: every rule is
 * compared with every image, globs are regular expressions, JSON is read whole. It shares the
 * grammar of references with the program, which has vectors of its own, and nothing else.
 */

interface ModelPod {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
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
  const { object, oldObject, operation } = request;
  const before = new Set(
    oldObject === undefined
      ? []
      : imagesOf(oldObject).map(({ place, image }) => `${place}=${image}`),
  );
  const isAsked = operation === 'CREATE' || oldObject !== undefined;
  const changed = imagesOf(object).filter(({ place, image }) => !before.has(`${place}=${image}`));
  const answer = new Map<string, string>();
  if (!isAsked || isSkipped(file, object)) return answer;
  for (const { pointer, place, image, pullPolicy } of changed) {
    const isPlaceholder = image === 'auto' && isOpen(file, 'placeholder');
    if (pullPolicy === 'Never' || isPlaceholder || isKept(file, object, place, image)) continue;
    const becomes = decideImage(file, image, request.namespace);
    if (becomes !== image) answer.set(pointer, becomes);
  }
  return answer;
}

function isOpen({ exits = 'all' }: RulesFile, exit: string): boolean {
  return exits === 'all' || (exits !== 'none' && (exits as readonly string[]).includes(exit));
}

function isStrict({ exits }: RulesFile): boolean {
  return exits === 'none' || exits?.length === 0;
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
  // No request of these comes from a node, so if the annotation is closed it is only a claim.
  const isStatic = annotations['kubernetes.io/config.mirror'] !== undefined;
  if (isStatic && isOpen(file, 'annotation')) return true;
  const byLabel = Object.entries(file.skip?.labels ?? {}).some(
    ([key, glob]) => Object.hasOwn(labels, key) && glob_(glob).test(labels[key] as string),
  );
  const byOwner = ownerReferences.some(({ apiVersion, kind }) =>
    (file.skip?.owners ?? []).some(
      (glob) => glob_(glob).test(kind) || glob_(glob).test(`${kind}.${apiVersion.split('/')[0]}`),
    ),
  );
  return (byLabel && isOpen(file, 'label')) || (byOwner && isOpen(file, 'owners'));
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
  const marks = annotations['image-detour/direct']?.split(' ') ?? [];
  const hasBypass = isOpen(file, 'bypass') && file.bypass !== false;
  return (
    (isAnnotated && isOpen(file, 'annotation')) ||
    (hasBypass && marks.includes(`${place}=${image}`))
  );
}

function glob_(glob: string): RegExp {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${pattern}$`);
}

function admits(filter: NamespaceFilter | undefined, namespace: string): boolean {
  const matches = (globs: readonly string[]) => globs.some((glob) => glob_(glob).test(namespace));
  if (filter?.include !== undefined && !matches(filter.include)) return false;
  return filter?.exclude === undefined || !matches(filter.exclude);
}

interface Named {
  readonly from: string;
  readonly host: string;
  readonly path: string;
  readonly rule: RuleEntry;
}

function hostOf(registry: string): string {
  const host = registry.toLowerCase();
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}

/** A rule's path for an image of Docker Hub of one segment, by its whole name. */
function whole(host: string, path: string): string {
  return host === 'docker.io' && !path.includes('/') && path !== '' && path !== 'library'
    ? `library/${path}`
    : path;
}

function namesOf({ rules }: RulesFile): Named[] {
  return rules.flatMap((rule) =>
    [rule.from].flat().map((from) => {
      const slash = from.indexOf('/');
      const host = hostOf(slash === -1 ? from : from.slice(0, slash));
      return { from, host, path: slash === -1 ? '' : from.slice(slash + 1), rule };
    }),
  );
}

function isBelow(path: string, prefix: string): boolean {
  return prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern === '*') return host !== '';
  return pattern.startsWith('*.')
    ? host.length <= 255 && host.endsWith(pattern.slice(1))
    : host === pattern;
}

function decideImage(file: RulesFile, image: string, namespace: string): string {
  if (!admits(file.namespaces, namespace)) return image;
  const bypass = `${file.bypass ?? 'direct.to'}/`;
  if (file.bypass !== false && isOpen(file, 'bypass') && image.startsWith(bypass)) {
    const origin = image.slice(bypass.length);
    return parseReference(origin) === undefined ? image : origin;
  }
  const reference = nodeReference(image);
  if (reference === undefined) return image;
  const host = hostOf(reference.registry);
  const isOfficial = host === 'docker.io' && !reference.repository.includes('/');
  const repository = isOfficial ? `library/${reference.repository}` : reference.repository;
  const names = namesOf(file);
  if (names.some((named) => isTarget(named, host, repository))) return image;
  const best = names
    .map((named) => ({ ...named, path: matchedPath(named, names, repository) }))
    .filter(({ host: pattern, path, rule }) => {
      const isMatch = matchesHost(pattern, host) && isBelow(repository, path);
      return isMatch && admits(rule.namespaces, namespace);
    })
    .sort((a, b) => rank(b) - rank(a))[0];
  if (best === undefined || best.rule.keep) return image;
  if (best.rule.deny !== undefined) return 'deny';
  return write(best, reference, host, repository) ?? (isStrict(file) ? 'deny' : image);
}

/** `docker.io/nginx` also names `docker.io/library/nginx`, unless another rule does. */
function matchedPath({ host, path }: Named, names: readonly Named[], repository: string): string {
  const official = whole(host, path);
  const isNamed = names.some((other) => other.host === host && other.path === official);
  return !isNamed && isBelow(repository, official) ? official : path;
}

/** A host before `*.host`, the longest of those first, `*` last; then the longer path. */
function rank({ host, path }: Named): number {
  const kind = host === '*' ? 0 : host.startsWith('*.') ? host.length : 1_000;
  return kind * 1_000 + path.length;
}

function destinationOf({ host, rule: { to = '' } }: Named, registry: string): string {
  return to.replaceAll(
    '${registry}',
    (host.startsWith('*') ? registry.toLowerCase() : host).replaceAll(':', '-'),
  );
}

/** Reports whether images that the rule rewrites are in this place. */
function isTarget(named: Named, host: string, repository: string): boolean {
  if (named.rule.to === undefined) return false;
  const [registry = '', ...segments] = destinationOf(named, '*').split('/');
  if (hostOf(registry) !== host) return false;
  const paths = [segments.join('/'), whole(host, segments.join('/'))];
  return paths.some((path) => {
    const parts = path === '' ? [] : path.split('/');
    const given = repository.split('/');
    return (
      parts.length <= given.length && parts.every((part, at) => part === '*' || part === given[at])
    );
  });
}

function write(
  named: Named,
  reference: Reference,
  host: string,
  repository: string,
): string | undefined {
  const { path, rule } = named;
  const asWritten = host === 'docker.io' ? reference.writtenRepository : repository;
  const bare = repository.replace(/^library\/([^/]*)$/, '$1');
  const ofHub = {
    always: repository,
    never: host === 'docker.io' ? bare : repository,
    'as-written': asWritten,
  };
  const rest =
    path === '' ? ofHub[rule.library ?? 'as-written'] : repository.slice(path.length + 1);
  const registry = host === 'docker.io' ? host : reference.registry;
  const name = [destinationOf(named, registry), rest].filter((part) => part !== '').join('/');
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  const isWhole = /^[^/]*[.:A-Z][^/]*\/|^localhost\//.test(name);
  if (name.length > 255 || !isWhole || parseReference(name) === undefined) return undefined;
  return name + tag + digest;
}
