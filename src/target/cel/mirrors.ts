import { type Destination, registryVariable } from '../../rules/destination.ts';
import {
  addDestination,
  type DestinationIndex,
  type DestinationNode,
} from '../../rules/destination-index.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { pattern, quote } from './literal.ts';
import { beginning, distinct, nameOf, versionOf } from './names.ts';
import type { Parts } from './reference.ts';
import { type NameSet, nameSet } from './table.ts';
import type { Variable } from './variables.ts';

/*
 * Whether an image is in a mirror already: mirrorDepth of rules/destination-index.ts in CEL. Where
 * a longer `from` may decide, the name of the deepest destination takes the place of its depth.
 */

/** Returns where images may be sent, by the rules of the cluster or of namespaces. */
export function allMirrors({ destinations, namespaceDestinations }: RuleSet): DestinationIndex[] {
  return [destinations, indexOf(namespaceDestinations)];
}

/**
 * Returns the mirrors on hosts of which rules may rewrite something; of the others nothing is
 * rewritten anyway.
 */
export function mirrorsInRules(ruleSet: RuleSet): DestinationIndex[] {
  return [new Map([...ruleSet.destinations].filter(([host]) => isInRules(host, ruleSet)))];
}

/** Reports whether rules may be for images of a host. */
export function isInRules(host: string, { hosts, below, any }: RuleSet): boolean {
  const dots = [...host.matchAll(/\./g)];
  return (
    any !== undefined || hosts.has(host) || dots.some(({ index }) => below.has(host.slice(index)))
  );
}

/** Mirrors holds the names that images in a mirror begin with. */
export interface Mirrors {
  readonly variables: readonly Variable[];
  /** Whether an image is in a mirror; undefined if there are none. */
  readonly isMirrored: string | undefined;
}

/** Makes the table of the mirrors in `indexes`. */
export function mirrors(
  indexes: readonly DestinationIndex[],
  { host, name, suffix }: Parts,
): Mirrors {
  const names = namesOf(indexes, 'shortest');
  const hosts = hostSet(indexes);
  const known = nameSet('mirrors', names.fixed);
  const image = `${name} + ${versionOf(suffix)}`;
  // Others write the digest that they verified for a tag.
  const isImageIn = `${known.has(`(${image})`)} || ${suffix}.contains("@") && ${known.has(`(${name} + "@")`)}`;
  const tests = [
    ...(names.depths.length === 0
      ? []
      : [`[${beginnings(name, names.depths)}].exists(k, ${known.has('k')})`]),
    ...(names.fixed.some(isImage) ? [isImageIn] : []),
    ...(names.open.length === 0
      ? []
      : [`(${names.open.some(isImage) ? image : name}).matches(${openPattern(names)})`]),
  ];
  return {
    variables: [...hosts.variables, ...known.variables],
    isMirrored: tests.length === 0 ? undefined : `(${hosts.has(host)} && (${tests.join(' || ')}))`,
  };
}

/** DeepestMirrors finds the deepest destination that an image is below. */
export interface DeepestMirrors {
  readonly variables: readonly Variable[];
  /** The name of the deepest destination above an image, or of the one image that it is; "" for none. */
  readonly deepest: string;
  /** The same for a name that is known to be in a mirror, and a tag and digest. */
  deepestAbove(name: string, suffix: string): string;
}

/** Makes the tables in which the deepest destination above an image is found. */
export function deepestMirrors(
  indexes: readonly DestinationIndex[],
  { host, name, suffix }: Parts,
): DeepestMirrors {
  const names = namesOf(indexes, 'all');
  const hosts = hostSet(indexes);
  const known = nameSet('mirrors', names.fixed);
  const openDepths = names.open.filter((each) => !isImage(each)).map(depthOf);
  const depths = distinct([...names.depths, ...openDepths]);
  const isOpen = names.open.length === 0 ? '' : ` || k.matches(${openPattern(names, '$')})`;
  const isKnown = `${known.has('k')}${isOpen}`;
  const hasImages = [...names.fixed, ...names.open].some(isImage);
  const deepestAbove = (name: string, suffix: string) => {
    const image = `[${name} + ${versionOf(suffix)}].filter(k, ${isKnown} || ${suffix}.contains("@") && [${name} + "@"].exists(k, ${isKnown}))`;
    const above = `[${beginnings(name, depths)}].filter(k, ${isKnown})`;
    return `(${hasImages ? `${image} + ` : ''}${above} + [""])[0]`;
  };
  return {
    variables: [...hosts.variables, ...known.variables],
    deepest: `(${hosts.has(host)} ? ${deepestAbove(name, suffix)} : "")`,
    deepestAbove,
  };
}

function hostSet(indexes: readonly DestinationIndex[]): NameSet {
  const hosts = indexes.flatMap((index) => [...index.keys()]);
  return nameSet(
    'mirrorHosts',
    hosts.map((host) => nameOf(host, '')),
  );
}

/** Writes the beginnings of a name with so many segments after the host. */
function beginnings(name: string, depths: readonly number[]): string {
  return depths.map((depth) => beginning(name, depth + 1)).join(', ');
}

/** Returns the names below which all images of a host are in a mirror. */
export function mirrorNames({ destinations }: RuleSet, host: string): string[] {
  const node = destinations.get(host);
  const names = node === undefined ? [] : namesBelow(node, nameOf(host, ''), 'shortest');
  return names.filter((name) => !isImage(name) && !name.includes(registryVariable));
}

interface Names {
  /** Those that are known before the image is. */
  readonly fixed: readonly string[];
  /** Those with ${registry}. */
  readonly open: readonly string[];
  /** How many segments the fixed ones have that are not images. */
  readonly depths: readonly number[];
}

function namesOf(indexes: readonly DestinationIndex[], which: 'shortest' | 'all'): Names {
  const all = indexes.flatMap((index) =>
    [...index].flatMap(([host, node]) => namesBelow(node, `${host}/`, which)),
  );
  const names = [...new Set(all)];
  const fixed = names.filter((name) => !name.includes(registryVariable));
  const open = names.filter((name) => name.includes(registryVariable));
  return { fixed, open, depths: distinct(fixed.filter((name) => !isImage(name)).map(depthOf)) };
}

/** Returns the names at which a destination ends; below the shortest one everything is mirrored. */
function namesBelow(
  { ends, images, hasTag, children }: DestinationNode,
  name: string,
  which: 'shortest' | 'all',
): string[] {
  if (ends && which === 'shortest') return [name];
  return [
    ...(ends ? [name] : []),
    ...[...(images ?? [])].map((suffix) => name + suffix),
    ...(hasTag ? [`${name}@`] : []),
    ...[...(children ?? [])].flatMap(([segment, node]) =>
      namesBelow(node, `${name}${segment}/`, which),
    ),
  ];
}

function indexOf(destinations: readonly Destination[]): DestinationIndex {
  const index = new Map();
  for (const destination of destinations) addDestination(index, destination, '');
  return index;
}

function isImage(name: string): boolean {
  return !name.endsWith('/');
}

function depthOf(name: string): number {
  return name.split('/').length - 2;
}

/**
 * Returns a regular expression in which `m.io/any/${registry}/` has any text within a segment for
 * ${registry}; images of any digest end at the `@`.
 */
function openPattern({ open }: Names, end = ''): string {
  const alternatives = open.map((name) => {
    const isWhole = isImage(name) && !name.endsWith('@');
    return name.split(registryVariable).map(quote).join('[^/]+') + (isWhole ? '$' : end);
  });
  return pattern(`^(?:${alternatives.join('|')})`);
}
