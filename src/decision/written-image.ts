import { dockerHub, withoutOfficialPrefix } from '../reference/docker-hub.ts';
import { scanPath } from '../reference/grammar.ts';
import {
  formatTagAndDigest,
  parseReference,
  type Reference,
  registryEnd,
} from '../reference/reference.ts';
import { registryVariable } from '../rules/destination.ts';
import { asSegment } from '../rules/origin.ts';
import type { Place } from '../rules/place.ts';
import { maxNameLength, type RewriteRule } from '../rules/rule-set.ts';

/**
 * Returns what a rule makes of an image that it matches; undefined if that is not a valid
 * reference.
 */
export function writtenImage(
  reference: Reference,
  place: Place,
  rule: RewriteRule,
): string | undefined {
  const { name: to, suffix, isTemplate } = rule.destination;
  const rest = shaped(restOf(reference, place, rule), rule);
  const segment = isTemplate ? registrySegment(reference, place.host) : '';
  // Not every host can be a part of a path: `[::1]` cannot.
  if (isTemplate && scanPath(segment, 0) !== segment.length) return undefined;
  const above = isTemplate ? to.replace(registryVariable, segment) : to;
  const name = rest === '' ? above : `${above}/${rest}`;
  if (name.length > maxNameLength) return undefined;
  const image = name + (suffix || formatTagAndDigest(reference));
  // Right parts make a right whole, but for a `to` that is only a registry.
  return rest !== '' || isFullReference(image) ? image : undefined;
}

function registrySegment(reference: Reference, host: string): string {
  // A path has no upper-case letters, and hosts do not differ by case.
  return asSegment(host === dockerHub ? host : reference.registry.toLowerCase());
}

function isFullReference(image: string): boolean {
  return registryEnd(image) !== -1 && parseReference(image) !== undefined;
}

/**
 * Returns what follows the rule's `from` in the repository; the rule says whether `library/` is
 * part of it.
 */
function restOf(
  reference: Reference,
  { host, repository }: Place,
  { restStart, library }: RewriteRule,
): string {
  if (restStart > 0) return repository.slice(restStart);
  if (host !== dockerHub || library === 'always') return repository;
  if (library === 'as-written') return reference.writtenRepository;
  return withoutOfficialPrefix(repository);
}

function shaped(rest: string, { shape }: RewriteRule): string {
  if (shape === 'whole') return rest;
  return shape === 'last' ? rest.slice(rest.lastIndexOf('/') + 1) : rest.replaceAll('/', '-');
}
