import { dockerHub, officialPath } from '../reference/docker-hub.ts';
import type { Budget } from './budget.ts';
import { type Destination, registryVariable } from './destination.ts';
import { type Place, suffixOf } from './place.ts';
import { descend, rootOf, type Tree } from './tree.ts';

/**
 * DestinationNode is a segment of the index of destinations. A segment with ${registry} in it is
 * the key of its branch as it is written; no image has such a segment.
 */
export interface DestinationNode extends Tree<DestinationNode> {
  /** Whether some rule's destination ends here. */
  ends?: true;
  /** The suffixes of destinations that are one image each; of `:tag@digest` the digest. */
  images?: Set<string>;
  /** Whether one of `images` is a tag. */
  hasTag?: true;
  /**
   * How long the texts before and after ${registry} are, in the keys of `children`: those that are
   * as long together, by that length.
   */
  affixes?: Map<number, Affixes>[];
}

/** Affixes are how many characters stand before and after ${registry} in a segment. */
export interface Affixes {
  readonly before: number;
  readonly after: number;
}

/** DestinationIndex holds the destinations of all rules, by host. */
export type DestinationIndex = ReadonlyMap<string, DestinationNode>;

/** Adds a destination; with a `suffix`, it is one image. */
export function addDestination(
  index: Map<string, DestinationNode>,
  { host, path }: Destination,
  suffix: string,
): void {
  const root = rootOf<DestinationNode>(index, host);
  end(descendTo(root, path), suffix);
  // What is written as docker.io/x is looked up as docker.io/library/x.
  if (host === dockerHub && path !== '') end(descendTo(root, officialPath(path)), suffix);
}

function end(node: DestinationNode, suffix: string): void {
  if (suffix === '') {
    node.ends = true;
    return;
  }
  const image = suffix.slice(Math.max(0, suffix.indexOf('@')));
  node.images ??= new Set();
  node.images.add(image);
  if (image[0] === ':') node.hasTag = true;
}

function descendTo(root: DestinationNode, path: string): DestinationNode {
  return descend(root, path, (parent, segment) => {
    const affixes = affixesOf(segment);
    if (affixes === undefined) return;
    parent.affixes ??= [];
    const { before, after } = affixes;
    for (let { length } = parent.affixes; length <= before + after; length++)
      parent.affixes.push(new Map());
    parent.affixes[before + after]?.set(before, affixes);
  });
}

/**
 * Returns how deep the deepest destination lies that a place is below, in segments: 0 for a whole
 * registry, infinity if the place is a destination that is one image, -1 if there is none.
 */
export function mirrorDepth(index: DestinationIndex, place: Place, budget?: Budget): number {
  const root = index.get(place.host);
  return root === undefined ? -1 : depthBelow(root, place, 0, 0, budget);
}

/**
 * Follows all branches that a segment fits: with ${registry} at many places, the work grows with
 * the square of the segments.
 */
function depthBelow(
  top: DestinationNode,
  place: Place,
  begin: number,
  above: number,
  budget: Budget | undefined,
): number {
  const { repository } = place;
  let deepest = -1;
  let node: DestinationNode | undefined = top;
  let start = begin;
  for (let depth = above; node !== undefined; depth++) {
    if (node.ends) deepest = Math.max(deepest, depth);
    if (start > repository.length) return isImage(node, place) ? Number.POSITIVE_INFINITY : deepest;
    if (node.children === undefined || budget?.isSpent) return deepest;
    const slash = repository.indexOf('/', start);
    const end = slash === -1 ? repository.length : slash;
    const segment = repository.slice(start, end);
    start = end + 1;
    if (node.affixes !== undefined) {
      const children = templatesOf(node, segment, budget);
      deepest = Math.max(deepest, deepestOf(children, place, start, depth + 1, budget));
    }
    budget?.lookUp(segment.length);
    node = node.children.get(segment);
  }
  return deepest;
}

function deepestOf(
  nodes: Iterable<DestinationNode>,
  place: Place,
  start: number,
  depth: number,
  budget: Budget | undefined,
): number {
  let deepest = -1;
  for (const node of nodes)
    deepest = Math.max(deepest, depthBelow(node, place, start, depth, budget));
  return deepest;
}

/** Yields the branches with ${registry} that a segment fits: affixes that are too long cost nothing. */
function* templatesOf(
  { affixes = [], children }: DestinationNode,
  segment: string,
  budget: Budget | undefined,
): Generator<DestinationNode> {
  for (const group of affixes.slice(0, segment.length)) {
    for (const each of group.values()) {
      if (budget?.isSpent) return;
      budget?.lookUp(segment.length);
      const key = withVariable(segment, each);
      const child = key === undefined ? undefined : children?.get(key);
      if (child !== undefined) yield child;
    }
  }
}

/** Reports whether a place is a destination that is one image: with its tag, or any digest. */
function isImage({ images, hasTag }: DestinationNode, place: Place): boolean {
  if (images === undefined) return false;
  const suffix = suffixOf(place);
  // Others write the digest that they verified for a tag.
  return images.has(suffix) || (hasTag === true && suffix[0] === '@');
}

/** Returns where ${registry} is in a segment of a destination; undefined if it is not. */
export function affixesOf(segment: string): Affixes | undefined {
  const before = segment.indexOf(registryVariable);
  if (before === -1) return undefined;
  return { before, after: segment.length - before - registryVariable.length };
}

/** Returns a segment with ${registry} between its ends, or nothing if nothing is between them. */
export function withVariable(segment: string, { before, after }: Affixes): string | undefined {
  const end = segment.length - after;
  if (end <= before) return undefined;
  return segment.slice(0, before) + registryVariable + segment.slice(end);
}
