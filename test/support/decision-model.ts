import { nodeReference, parseReference, type Reference } from '../../src/reference/reference.ts';
import type { NamespaceFilter, RuleEntry, RulesFile } from '../../src/rules/schema.ts';

/* What the rules make of one image; see review-model.ts. */

/** Reports whether a file leaves an exit open. */
export function isOpen({ exits = 'all' }: RulesFile, exit: string): boolean {
  return exits === 'all' || (exits !== 'none' && (exits as readonly string[]).includes(exit));
}

function isStrict({ exits }: RulesFile): boolean {
  return exits === 'none' || exits?.length === 0;
}

/** Returns a glob as a regular expression. */
export function globPattern(glob: string): RegExp {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${pattern}$`, 'u');
}

/** Reports whether a filter admits a namespace. */
export function admits(filter: NamespaceFilter | undefined, namespace: string): boolean {
  const matches = (globs: readonly string[]) =>
    globs.some((glob) => globPattern(glob).test(namespace));
  if (filter?.include !== undefined && !matches(filter.include)) return false;
  return filter?.exclude === undefined || !matches(filter.exclude);
}

interface Named {
  readonly from: string;
  readonly host: string;
  readonly path: string;
  /** `:tag` or `@digest` of one image. */
  readonly suffix: string;
  readonly rule: RuleEntry;
}

/** Returns a registry as rules see it. */
export function hostOf(registry: string): string {
  const host = registry.toLowerCase();
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}

/** Returns a path for an image of Docker Hub of one segment, by its whole name. */
export function whole(host: string, path: string): string {
  return host === 'docker.io' && !path.includes('/') && path !== '' && path !== 'library'
    ? `library/${path}`
    : path;
}

function namesOf({ rules }: RulesFile): Named[] {
  return rules.flatMap((rule) =>
    [rule.from].flat().map((from) => {
      const [, registry = '', rest = '', suffix = ''] = nameParts(from);
      const host = hostOf(registry);
      return { from, host, path: suffix === '' ? rest : whole(host, rest), suffix, rule };
    }),
  );
}

/** Registry, path, and the tag and digest together. */
function nameParts(name: string): readonly string[] {
  return /^([^/]*)(?:[/]([^:@]*)(.*))?$/.exec(name) ?? [];
}

/** Reports whether a path begins with the segments of a prefix. */
export function isBelow(path: string, prefix: string): boolean {
  return prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern === '*') return host !== '';
  return pattern.startsWith('*.')
    ? host.length <= 255 && host.endsWith(pattern.slice(1))
    : host === pattern;
}

/** Returns what an image becomes in a namespace; `deny` if it is refused. */
export function decideImage(file: RulesFile, image: string, namespace: string): string {
  if (!admits(file.namespaces, namespace)) return image;
  const bypass = `${file.bypass ?? 'direct.to'}/`;
  if (file.bypass !== false && isOpen(file, 'bypass') && image.startsWith(bypass)) {
    const origin = image.slice(bypass.length);
    return parseReference(origin) === undefined ? image : origin;
  }
  return decideByRules(file, image, namespace) ?? (isStrict(file) ? 'deny' : image);
}

/** What a rule writes is decided again, by longer rules; undefined if it cannot be written. */
function decideByRules(file: RulesFile, image: string, namespace: string): string | undefined {
  const reference = nodeReference(image);
  if (reference === undefined) return image;
  const host = hostOf(reference.registry);
  const isOfficial = host === 'docker.io' && !reference.repository.includes('/');
  const repository = isOfficial ? `library/${reference.repository}` : reference.repository;
  const names = namesOf(file);
  const depth = Math.max(...names.map((named) => targetDepth(named, host, repository, reference)));
  const best = names
    .map((named) => ({ ...named, path: matchedPath(named, names, repository) }))
    .filter((named) => {
      const isMatch = matchesHost(named.host, host) && matchesName(named, repository, reference);
      return isMatch && admits(named.rule.namespaces, namespace);
    })
    .sort((a, b) => rank(b) - rank(a))[0];
  if (best === undefined || best.rule.keep) return image;
  if (depth !== -1 && (best.host.startsWith('*') || depthOf(best) <= depth)) return image;
  if (best.rule.deny !== undefined) return 'deny';
  const written = write(best, reference, host, repository);
  return written === undefined || written === image
    ? written
    : decideByRules(file, written, namespace);
}

/** `docker.io/nginx` also names `docker.io/library/nginx`, unless another rule does. */
function matchedPath({ host, path }: Named, names: readonly Named[], repository: string): string {
  const official = whole(host, path);
  const isNamed = names.some(
    (other) => other.host === host && other.path === official && other.suffix === '',
  );
  return !isNamed && isBelow(repository, official) ? official : path;
}

function matchesName({ path, suffix }: Named, repository: string, reference: Reference): boolean {
  if (suffix === '') return isBelow(repository, path);
  return path === repository && suffix === suffixOf(reference);
}

function suffixOf({ tag, digest }: Reference): string {
  return digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`;
}

/** A host before `*.host`, the longest of those first, `*` last; then an image, the longer path. */
function rank({ host, path, suffix }: Named): number {
  const kind = host === '*' ? 0 : host.startsWith('*.') ? host.length : 1_000;
  return kind * 1_000 + (suffix === '' ? path.length : 999);
}

function depthOf({ path, suffix }: Named): number {
  if (suffix !== '') return 1_000;
  return path === '' ? 0 : path.split('/').length;
}

function destinationOf({ host, rule: { to = '' } }: Named, registry: string): string {
  return to.replaceAll(
    '${registry}',
    (host.startsWith('*') ? registry.toLowerCase() : host).replaceAll(':', '-'),
  );
}

/** How many segments of the place are where the rule sends images to; -1 if it sends none there. */
function targetDepth(named: Named, host: string, repository: string, image: Reference): number {
  if (named.rule.to === undefined) return -1;
  const [, registry = '', path = '', ending = ''] = nameParts(destinationOf(named, '*'));
  const suffix = ending || named.suffix;
  if (hostOf(registry) !== host) return -1;
  const given = repository.split('/');
  const depths = [path, whole(host, path)].map((each) => {
    const parts = each === '' ? [] : each.split('/');
    const fits = parts.every((part, at) =>
      globPattern(part.replace('*', '?*')).test(given[at] ?? ''),
    );
    if (suffix === '') return fits ? parts.length : -1;
    const isImage =
      image.digest === undefined ? suffixOf(image) === suffix : hasDigest(suffix, image);
    return fits && parts.length === given.length && isImage ? 1_000 : -1;
  });
  return Math.max(...depths);
}

/** A tag stands for every digest, as others write the one that they verified. */
function hasDigest(suffix: string, { digest }: Reference): boolean {
  return suffix.includes('@') ? suffix.endsWith(`@${digest}`) : true;
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
  const shapes = {
    whole: rest,
    last: rest.replace(/.*[/]/, ''),
    joined: rest.replaceAll('/', '-'),
  };
  const [, to = '', toPath = '', suffix = ''] = nameParts(destinationOf(named, registry));
  const name = [to, toPath, shapes[rule.path ?? 'whole']].filter((part) => part !== '').join('/');
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  const isWhole = /^[^/]*[.:A-Z][^/]*\/|^localhost\//.test(name);
  if (name.length > 255 || !isWhole || parseReference(name) === undefined) return undefined;
  return name + (suffix || tag + digest);
}
