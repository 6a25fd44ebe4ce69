import { maxPathLength, scanPath } from '../reference/grammar.ts';
import type { DiagnosticCode } from './diagnostic.ts';
import { nearest } from './nearest.ts';
import { asSegment, type Origin, splitName } from './origin.ts';
import { registryVariable } from './rule-set.ts';

/** What is wrong with a `to`. */
export interface TargetMistake {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly expected: string;
  readonly suggestion?: string | undefined;
}

const variable = /\$\{([^{}$]*)\}/g;
const mirrorVariable = '${mirror}';
/** More than any has, with variables in it. The same `to` is looked at again for each name of its rule. */
const maxTargetLength = 1_024;
export const targetForm =
  'a registry such as mirror.example.com, with an optional repository prefix in lower case';

/** A `to` with ${mirror} replaced; `mirror` is false where the file has one that is wrong and told already. */
export function expandMirror(
  to: string,
  mirror: string | false | undefined,
): string | TargetMistake {
  for (const [, name = ''] of to.matchAll(variable)) {
    if (name !== 'mirror' && name !== 'registry') {
      const message = `there is no variable \${${name}}`;
      const expected = `${mirrorVariable} or ${registryVariable}`;
      const suggestion = nearest(name, ['mirror', 'registry']);
      return { code: 'unknown-variable', message, expected, suggestion };
    }
  }
  if (!to.includes(mirrorVariable) || mirror === false)
    return to.replaceAll(mirrorVariable, 'm.example');
  if (mirror !== undefined) {
    const target = to.replaceAll(mirrorVariable, mirror);
    if (target.length <= maxTargetLength) return target;
    const message = `to has ${target.length} characters when ${mirrorVariable} is replaced`;
    return { code: 'invalid-to', message, expected: targetForm };
  }
  const message = `to uses ${mirrorVariable}, but the file has no mirror`;
  return { code: 'missing-key', message, expected: 'mirror: HOST at the top of the file' };
}

/** Where the images of an origin go; ${registry} stays where the host is not known before an image is. */
export function targetOf(template: string, origin: Origin): string | TargetMistake {
  const isNamed = origin.kind === 'host';
  const target = isNamed ? template.replaceAll(registryVariable, asSegment(origin.host)) : template;
  if (isTarget(target)) return target;
  const isPart = !isNamed && isTarget(target.replaceAll(registryVariable, 'x'));
  const message = `"${target}" is not a registry path`;
  return {
    code: 'invalid-to',
    message,
    expected: isPart ? `${registryVariable} once, as a whole segment of the path` : targetForm,
  };
}

/** Whether images could lie below `target`, in which ${registry} may stand for whole segments of the path. */
export function isTarget(target: string): boolean {
  if (target.length > maxTargetLength) return false;
  const slash = target.indexOf('/');
  const registry = slash === -1 ? target : target.slice(0, slash);
  if (splitName(registry) === undefined) return false;
  if (slash === -1) return true;
  const segments = target.slice(slash + 1).split('/');
  // With several in each `to`, looking up whether an image is mirrored would branch at every segment.
  if (segments.filter((segment) => segment === registryVariable).length > 1) return false;
  // Only if it is a whole segment is it known what is below a `to`.
  const path = segments.map((segment) => (segment === registryVariable ? 'x' : segment)).join('/');
  return path.length < maxPathLength && scanPath(path, 0) === path.length;
}
