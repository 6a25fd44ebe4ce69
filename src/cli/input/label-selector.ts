import type { SelectorRequirement } from '../../workload/opt-out.ts';
import { UsageError } from '../terminal.ts';
import { isLabelValue, isQualifiedName } from './kubernetes-name.ts';

/*
 * Label selectors as `kubectl get --selector` takes them: requirements, separated by commas, all of
 * which must hold. `<` and `>` are missing, because a selector in an object cannot have them.
 */

/** A comma that no parenthesis is around. */
const separator = /,(?![^(]*\))/;
const isIn = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const isEqual = /^([^\s=!]+)\s*(==?|!=)\s*(\S*)$/;
const exists = /^(!?)\s*([^\s=!]+)$/;

/** Reads the selectors that an option was given, in their order. */
export function readLabelSelectors(
  option: string,
  selectors: readonly string[] = [],
): SelectorRequirement[] {
  return selectors.flatMap((selector) =>
    selector.split(separator).map((text) => {
      const requirement = readRequirement(text.trim());
      if (requirement !== undefined && isValid(requirement)) return requirement;
      throw new UsageError(
        `${option} takes a label selector such as 'environment in (prod,dev)', 'team=a' or '!batch', not "${selector}"`,
      );
    }),
  );
}

function readRequirement(text: string): SelectorRequirement | undefined {
  const [, ofList, word, list] = isIn.exec(text) ?? [];
  if (ofList !== undefined) {
    const values = String(list).split(',');
    return {
      key: ofList,
      operator: word === 'in' ? 'In' : 'NotIn',
      values: values.map((value) => value.trim()),
    };
  }
  const [, ofValue, sign, value = ''] = isEqual.exec(text) ?? [];
  if (ofValue !== undefined) {
    return { key: ofValue, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  const [, not, key] = exists.exec(text) ?? [];
  if (key === undefined) return undefined;
  return { key, operator: not === '!' ? 'DoesNotExist' : 'Exists' };
}

function isValid({ key, values = [] }: SelectorRequirement): boolean {
  return isQualifiedName(key) && values.every(isLabelValue);
}
