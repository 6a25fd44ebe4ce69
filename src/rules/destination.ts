import { canonicalHost } from '../reference/docker-hub.ts';
import { maxPathLength, scanPath } from '../reference/grammar.ts';
import type { DiagnosticCode } from './diagnostic.ts';
import { nearest } from './nearest.ts';
import { asSegment, type Origin, splitName } from './origin.ts';
import { isSuffix, splitSuffix } from './suffix.ts';

/**
 * Destination is what a rule's `to` names: a registry and a path in it, under which the images go.
 * It is parsed once, when the file is loaded; whatever else a `to` can say becomes a field of it.
 */
export interface Destination {
  /** Registry and path as written, with ${mirror} replaced. */
  readonly name: string;
  /** As written, with its port. */
  readonly registry: string;
  /** The registry as rules see it: in lower case, Docker Hub under one name. */
  readonly host: string;
  /** Empty, or without slashes at its ends. */
  readonly path: string;
  /** What replaces the tag and the digest of the image: `:tag`, `@digest`, both, or nothing. */
  readonly suffix: string;
  /**
   * Whether a segment of the path has `${registry}` in it, because the host is not known before the
   * image is.
   */
  readonly isTemplate: boolean;
}

/** DestinationMistake says what is wrong with a `to`. */
export interface DestinationMistake {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly expected: string;
  readonly suggestion?: string | undefined;
}

/** Names the variable that becomes the image's registry in a `to`. */
export const registryVariable = '${registry}';
const variable = /\$\{([^{}$]*)\}/g;
const mirrorVariable = '${mirror}';
/**
 * More than any has, with variables in it. The same `to` is parsed again for each name of its rule.
 */
const maxLength = 1_024;
/** Describes a valid destination in diagnostics. */
export const destinationForm =
  'a registry such as mirror.example.com, with an optional repository prefix in lower case';

/**
 * Replaces ${mirror} in a `to`; `mirror` is false if that of the file is wrong, which is reported
 * already.
 */
export function expandMirror(
  to: string,
  mirror: string | false | undefined,
): string | DestinationMistake {
  const unknown = unknownVariables(to);
  if (unknown !== undefined) return unknown;
  if (!to.includes(mirrorVariable) || mirror === false)
    return to.replaceAll(mirrorVariable, 'm.example');
  if (mirror !== undefined) {
    const expanded = to.replaceAll(mirrorVariable, mirror);
    if (expanded.length <= maxLength) return expanded;
    const message = `to has ${expanded.length} characters when ${mirrorVariable} is replaced`;
    return { code: 'invalid-to', message, expected: destinationForm };
  }
  const message = `to uses ${mirrorVariable}, but the file has no mirror`;
  return { code: 'missing-key', message, expected: 'mirror: HOST at the top of the file' };
}

const variableNames = ['mirror', 'registry'];

function unknownVariables(to: string): DestinationMistake | undefined {
  const names = Array.from(to.matchAll(variable), ([, name = '']) => name);
  const [first, ...others] = new Set(names.filter((name) => !variableNames.includes(name)));
  if (first === undefined) return undefined;
  const message = [first, ...others].map((name) => `unknown variable \${${name}}`).join(', ');
  return {
    code: 'unknown-variable',
    message,
    expected: `${mirrorVariable} or ${registryVariable}`,
    suggestion: others.length === 0 ? nearest(first, variableNames) : undefined,
  };
}

/**
 * Returns where the images of an origin go; ${registry} stays if the host is not known before an
 * image is.
 */
export function destinationOf(template: string, origin: Origin): Destination | DestinationMistake {
  const isNamed = origin.kind === 'host';
  const isRepeated = template.indexOf(registryVariable) !== template.lastIndexOf(registryVariable);
  const filled = isNamed ? template.replaceAll(registryVariable, asSegment(origin.host)) : template;
  const { name, suffix } = splitSuffix(filled);
  const destination = parseDestination(name);
  const isRight = suffix === '' || isSuffix(suffix);
  if (isRepeated) return notADestination(template, false);
  if (destination === undefined || !isRight) return notADestination(filled, isNamed);
  if (suffix === '' || origin.suffix !== '') return { ...destination, suffix };
  const message = `"${filled}" is one image, but its from is not`;
  const expected = 'a from with a tag or a digest, or a to without them';
  return { code: 'invalid-to', message, expected, suggestion: name };
}

function notADestination(name: string, isNamed: boolean): DestinationMistake {
  const isPart = !isNamed && parseDestination(name.replaceAll(registryVariable, 'x'));
  return {
    code: 'invalid-to',
    message: `"${name}" is not a registry path`,
    expected: isPart ? `${registryVariable} once, in the path` : destinationForm,
  };
}

/**
 * Parses a destination without tag and digest, in whose path ${registry} may be once; undefined if
 * no image could be under it.
 */
export function parseDestination(name: string): Destination | undefined {
  if (name.length > maxLength) return undefined;
  const slash = name.indexOf('/');
  const registry = slash === -1 ? name : name.slice(0, slash);
  if (splitName(registry) === undefined) return undefined;
  const host = canonicalHost(registry);
  if (slash === -1) return { name, registry, host, path: '', suffix: '', isTemplate: false };
  const path = name.slice(slash + 1);
  const variable = path.indexOf(registryVariable);
  // With several in each `to`, looking up whether an image is mirrored would branch at every
  // segment.
  if (variable !== path.lastIndexOf(registryVariable)) return undefined;
  const example = path.replace(registryVariable, 'x');
  const isPath = example.length < maxPathLength && scanPath(example, 0) === example.length;
  if (!isPath) return undefined;
  return { name, registry, host, path, suffix: '', isTemplate: variable !== -1 };
}

/** Reports whether images can be under a name, in whose path ${registry} may be. */
export function isDestination(name: string): boolean {
  return parseDestination(name) !== undefined;
}

/**
 * Returns the part of a destination that is known before the image is: what comes before the
 * segment with ${registry}, else all of it.
 */
export function fixedPart(destination: Destination): Destination {
  if (!destination.isTemplate) return destination;
  const { name, registry } = destination;
  const fixed = name.slice(0, name.lastIndexOf('/', name.indexOf(registryVariable)));
  return { ...destination, name: fixed, path: fixed.slice(registry.length + 1), isTemplate: false };
}
