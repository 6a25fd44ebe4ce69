import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { type LeftOutKeys, reportLeftOut } from '../contract/left-out.ts';
import { notExpressible, type Target } from '../contract/target.ts';
import { markVariables, patch, secretVariables } from './patch.ts';
import { annotationVariables, exemptVariable, imageVariables, openVariable } from './pod.ts';
import { matchedRequests, noNamespaceRules, noStrictDenials, tooLarge } from './policy.ts';
import { referenceVariables } from './reference.ts';
import { rewriteVariables } from './rewrite.ts';
import type { Variable } from './variables.ts';

/**
 * Mutation is the webhook's whole decision as the spec of a mutating policy; Kubernetes and Kyverno
 * read the same.
 */
export interface Mutation {
  readonly spec: object;
  readonly variables: readonly Variable[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Says what such a policy can express. */
export const mutationAbilities: Target['abilities'] = {
  paths: 'yes',
  wildcards: 'yes',
  keep: 'yes',
  deny: 'no',
  library: 'yes',
  namespaces: 'yes',
  bypass: 'yes',
};

/** Writes the rules as the spec of a mutating policy. */
export function mutationOf(ruleSet: RuleSet): Mutation {
  const { exits } = ruleSet;
  const read = { mark: ruleSet.bypass !== '', bypass: exits.has('annotation') };
  const secrets = secretVariables(ruleSet);
  const variables = [
    ...imageVariables({ withPointers: true }),
    ...annotationVariables(read),
    exemptVariable(ruleSet.file),
    openVariable({ ...read, placeholder: exits.has('placeholder') }),
    ...referenceVariables('open', ['place', 'pointer'], ruleSet.bypass),
    ...rewriteVariables(ruleSet),
    ...secrets,
    ...(read.mark ? markVariables : []),
  ];
  const expression = patch({ withSecrets: secrets.length > 0, withMark: read.mark });
  return {
    spec: {
      // In doubt a Pod is admitted as it was written.
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'IfNeeded',
      ...matchedRequests({ label: exits.has('label'), staticPod: exits.has('annotation') }),
      variables: variables.map((each) => ({ name: each.name, expression: each.expression })),
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    },
    variables,
    diagnostics: [
      ...reportInexpressible(ruleSet),
      ...tooLarge([...variables.map((each) => each.expression), expression]),
    ],
  };
}

const leftOutKeys: LeftOutKeys = {
  bypass: undefined,
  namespaces: undefined,
  skip: undefined,
  pullSecrets: undefined,
  warn: 'a mutating policy cannot warn',
  annotate: 'CEL cannot read the JSON of the annotation',
  namespaceRules: noNamespaceRules,
  exits: noStrictDenials,
};

/** Reports what a mutating policy cannot express. */
function reportInexpressible(ruleSet: RuleSet): Diagnostic[] {
  const denied = ruleSet.rules.filter(({ action }) => action === 'deny');
  return [
    ...denied.map((rule) =>
      notExpressible(rule, `"${rule.from}" is kept, not denied: add \`detour compile vap\``),
    ),
    ...reportLeftOut(ruleSet, leftOutKeys),
  ];
}
