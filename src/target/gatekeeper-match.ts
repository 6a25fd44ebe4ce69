import type { Diagnostic } from '../rules/diagnostic.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { NamespaceFilter } from '../rules/schema.ts';
import { optOut, systemNamespaces } from './cel-policy.ts';
import { notExpressible } from './target.ts';

/** Which Pods the rules file is for, in Gatekeeper's words. What those cannot say leaves out more, never less. */
export function matchOf({ file: { namespaces, skip }, exits }: RuleSet): {
  readonly match: object;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const tell = (message: string) => diagnostics.push(notExpressible(undefined, message));
  const ofGlobs = namespacesOf(namespaces ?? {}, tell);
  const labels = Object.entries(skip?.labels ?? {}).map(([key, glob]) => labelOf(key, glob, tell));
  if (skip?.owners) tell('skip.owners: Gatekeeper does not look at owners');
  const match = {
    scope: 'Namespaced',
    ...ofGlobs,
    namespaceSelector: { matchExpressions: [optOut] },
    ...(exits.has('label') && { labelSelector: { matchExpressions: [optOut, ...labels] } }),
  };
  return { match, diagnostics };
}

type Tell = (message: string) => void;

/** A name that no namespace has. */
const none = '-';

function namespacesOf({ include, exclude = [] }: NamespaceFilter, tell: Tell): object {
  const unsaid = [...(include ?? []), ...exclude].filter((glob) => !isWildcard(glob));
  for (const glob of unsaid) tell(`namespaces: "${glob}" has more than a * at either end`);
  const included = include?.filter(isWildcard);
  return {
    excludedNamespaces: [...systemNamespaces, ...exclude.map(widen)],
    ...(included && { namespaces: included.length === 0 ? [none] : included }),
  };
}

function isWildcard(glob: string): boolean {
  return /^\*?[-a-z0-9]*\*?$/.test(glob);
}

function widen(glob: string): string {
  return isWildcard(glob) ? glob : `${/^[-a-z0-9]*/.exec(glob)?.[0]}*`;
}

function labelOf(key: string, glob: string, tell: Tell): object {
  if (/^[\w.-]*$/.test(glob)) return { key, operator: 'NotIn', values: [glob] };
  if (glob !== '*') tell(`skip.labels: "${glob}" is a part of a value, so every ${key} is skipped`);
  return { key, operator: 'DoesNotExist' };
}
