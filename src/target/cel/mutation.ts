import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { excludedNamespaces } from '../../workload/opt-out.ts';
import { type LeftOutKeys, reportLeftOut } from '../contract/left-out.ts';
import type { NamespaceSettings } from '../contract/options.ts';
import { exceptFor, notExpressible, type Target } from '../contract/target.ts';
import { chainsOf, maxPasses } from './chains.ts';
import { exemptVariables, keptVariables } from './exempt.ts';
import { bypassedVariable, markedVariables, markVariables } from './mark.ts';
import { askedTests, openVariable } from './open.ts';
import { patch } from './patch.ts';
import { imageVariables, pointedItem } from './pod.ts';
import { matchedRequests, noNamespaceRules, noStrictDenials, tooLarge } from './policy.ts';
import { secretVariables } from './pull-secrets.ts';
import { partsOf } from './reference.ts';
import { rewriteVariables } from './rewrite.ts';
import { unsettledTest } from './settled.ts';
import { variables as names, type Variable, variable } from './variables.ts';

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
export function mutationOf(ruleSet: RuleSet, settings: NamespaceSettings): Mutation {
  const { exits, bypass, file } = ruleSet;
  const hasMark = bypass !== '';
  const exempt = exemptVariables(file);
  const isAsked = askedTests(ruleSet);
  const secrets = secretVariables(ruleSet.registries, { isAsked, hasBypass: hasMark });
  const variables = [
    ...imageVariables({ withPointers: true }),
    ...(hasMark ? markedVariables : []),
    ...(exits.has('annotation') ? keptVariables : []),
    ...exempt,
    openVariable(ruleSet, exempt.length > 0),
    ...(hasMark ? [bypassedVariable(bypass)] : []),
    variable('named', partsOf(names.open, pointedItem, ['pointer'], isAsked)),
    ...rewriteVariables(ruleSet),
    ...secrets,
    ...(hasMark ? markVariables : []),
  ];
  const expression = patch({ withSecrets: secrets.length > 0, withMark: hasMark });
  return {
    spec: {
      // In doubt a Pod is admitted as it was written.
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'IfNeeded',
      ...matchedRequests({
        namespaces: excludedNamespaces(settings),
        label: exits.has('label'),
        staticPod: exits.has('annotation'),
        unsettled: unsettledTest(ruleSet),
      }),
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
  registries: undefined,
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
    ...chainsOf(ruleSet).unasked.map((rule) =>
      exceptFor(
        rule,
        `"${rule.from}" decides what other rules wrote, but not after ${maxPasses} rules that did so: such images stay as the last of these wrote them`,
      ),
    ),
  ];
}
