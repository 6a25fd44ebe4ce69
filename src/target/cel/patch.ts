import { markOperations } from './mark.ts';
import { pointedItem } from './pod.ts';
import { secretOperations } from './pull-secrets.ts';
import { variables } from './variables.ts';
import { writtenItem } from './written-name.ts';

/*
 * The JSON Patch: admission/patch.ts in CEL, from what is `rewritten` (rewrite.ts), `bypassed`
 * (mark.ts) and `secrets` (pull-secrets.ts).
 */

/** Returns the expression of the JSON Patch: all operations, made from the variables. */
export function patch({
  withSecrets,
  withMark,
}: {
  withSecrets: boolean;
  withMark: boolean;
}): string {
  const { pointer, name, suffix } = writtenItem;
  return [
    replacements(
      variables.rewritten,
      pointer,
      `${name}.substring(0, size(${name}) - 1) + ${suffix}`,
    ),
    ...(withMark ? [replacements(variables.bypassed, pointedItem.pointer, pointedItem.image)] : []),
    ...(withSecrets ? [secretOperations] : []),
    ...(withMark ? [markOperations] : []),
  ].join('\n+ ');
}

function replacements(source: string, pointer: string, value: string): string {
  return `${source}.map(x, JSONPatch{op: "replace", path: ${pointer}, value: ${value}})`;
}
