import type { Diagnostic } from '../../rules/diagnostic.ts';
import { positionOfKey } from '../../rules/key-positions.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import { excludedNamespaces } from '../../workload/opt-out.ts';
import type { NamespaceSettings, TargetSettings } from '../contract/options.ts';
import { notExpressible } from '../contract/target.ts';
import { exemptVariables } from './exempt.ts';
import { ruleTables } from './find-rule.ts';
import { itemOf, listOf } from './item.ts';
import { text } from './literal.ts';
import { allMirrors, deepestMirrors, mirrors } from './mirrors.ts';
import { changedImages, imageVariables, placedItem } from './pod.ts';
import { matchedRequests, tooLarge } from './policy.ts';
import { partItem, partsOf } from './reference.ts';
import { type Variable, type VariableName, variable, variables } from './variables.ts';

/**
 * Validation is what is left of the webhook's decision if nothing may change any more, as the spec
 * of a validating policy.
 */
export interface Validation {
  readonly spec: object;
  readonly variables: readonly Variable[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Writes the rules as the spec of a validating policy. */
export function validationOf(
  ruleSet: RuleSet,
  { mode, ...settings }: NamespaceSettings & Pick<TargetSettings, 'mode'>,
): Validation {
  const ordered = variablesOf(ruleSet);
  return {
    spec: {
      failurePolicy: mode === 'deny' ? 'Fail' : 'Ignore',
      ...matchedRequests({
        namespaces: excludedNamespaces(settings),
        label: false,
        staticPod: false,
      }),
      variables: ordered.map((each) => ({ name: each.name, expression: each.expression })),
      validations: validations(),
    },
    variables: ordered,
    diagnostics: [
      ...withoutSkip(ruleSet),
      ...tooLarge(ordered.map(({ expression }) => expression)),
    ],
  };
}

function withoutSkip(ruleSet: RuleSet): Diagnostic[] {
  const { skip } = ruleSet.file;
  return (['owners', 'labels', 'annotations'] as const)
    .filter((part) => skip?.[part] !== undefined)
    .map((part) => {
      const message = `skip.${part}: the author of a Pod writes its ${part}, so these Pods are judged like any other`;
      return notExpressible(positionOfKey(ruleSet, `skip.${part}`), message);
    });
}

const denied = 'deny ';

/** Returns what a rule says of its images, as one text. */
function verdictOf({ action, message }: Rule): string {
  // A message of several lines would not be shown at all.
  return action === 'deny' ? denied + message.replace(/\s+/g, ' ') : action;
}

const kept = ['place', 'image'] as const;
const namedItem = partItem(kept);
const aboveItem = itemOf(...kept, 'written', 'suffix', 'host', 'name', 'mirror');
const foundItem = itemOf(...kept, 'mirror', 'key');
const ruledItem = itemOf(...kept, 'key');
const judgedItem = itemOf(...kept, 'verdict');

/** Takes the place of the name of a rule, and of what the rule says, for images in a mirror. */
const mirrored = 'mirrored';

function variablesOf(ruleSet: RuleSet): Variable[] {
  const { bypass, file } = ruleSet;
  const { verdict } = judgedItem;
  const exempt = exemptVariables({ namespaces: file.namespaces });
  const changed =
    exempt.length === 0
      ? changedImages(placedItem)
      : `(${variables.exempt} ? [] : ${changedImages(placedItem)})`;
  const isPrefixed = bypass === '' ? 'false' : `${placedItem.image}.startsWith(${text(bypass)})`;
  const isDenied = `${verdict}.startsWith("${denied}")`;
  const isSettled = `${verdict} in ["${mirrored}", "keep"] || ${isDenied}`;
  return [
    ...imageVariables({ withPointers: false }),
    ...exempt,
    variable('changed', changed),
    variable('prefixed', `${variables.changed}.filter(x, ${isPrefixed})`),
    {
      ...variable('open', `${variables.changed}.filter(x, !${isPrefixed})`),
      comment: 'The others.',
    },
    variable('named', partsOf(variables.open, placedItem, kept)),
    ...judgedVariables(ruleSet),
    variable('denied', `${variables.judged}.filter(x, ${isDenied})`),
    variable('settled', `${variables.judged}.map(x, ${isSettled}, ${judgedItem.place})`),
    variable(
      'elsewhere',
      `${variables.open}.filter(x, !(${placedItem.place} in ${variables.settled}))`,
    ),
  ];
}

/** Returns the variables that say what rules say of each image, or that it is in the mirror. */
function judgedVariables(ruleSet: RuleSet): Variable[] {
  const rules = ruleTables(ruleSet, namedItem, verdictOf);
  const { key } = ruledItem;
  const verdict = `${key} == "${mirrored}" ? ${key} : ${rules.valueOf(key)}`;
  const judged = (ruled: string) =>
    variable('judged', `${ruled}\n.map(x, ${listOf(judgedItem, { ...ruledItem, verdict })})`);
  if (ruleSet.decidedBelow === undefined) {
    const mirror = mirrors(allMirrors(ruleSet), namedItem);
    const ruled = {
      ...namedItem,
      key: `${mirror.isMirrored ?? false} ? "${mirrored}" : ${rules.key}`,
    };
    return [
      ...mirror.variables,
      ...rules.variables,
      judged(`${variables.named}.map(x, ${listOf(ruledItem, ruled)})`),
    ];
  }
  const mirror = deepestMirrors(allMirrors(ruleSet), namedItem);
  const above = listOf(aboveItem, { ...namedItem, mirror: mirror.deepest });
  const found = listOf(foundItem, { ...aboveItem, key: rules.keyAbove(aboveItem.mirror) });
  const isMirrored = `${foundItem.mirror} != "" && ${foundItem.key} == ""`;
  const ruled = { ...foundItem, key: `${isMirrored} ? "${mirrored}" : ${foundItem.key}` };
  return [
    ...mirror.variables,
    ...rules.variables,
    variable('above', `${variables.named}.map(x, ${above})`),
    judged(`${variables.above}.map(x, ${found})\n.map(x, ${listOf(ruledItem, ruled)})`),
  ];
}

/** The API server shows no message of more than 5 KiB. */
const maxMessage = 1000;

/** All these lists begin with the place and the image. */
const image = `${placedItem.place} + " " + ${placedItem.image}`;

const validations = () => [
  validation(
    'denied',
    'an image is denied',
    `${image} + ": " + ${judgedItem.verdict}.substring(${denied.length})`,
  ),
  validation(
    'prefixed',
    'an image carries the bypass, which nothing took off',
    `${image} + ": nothing took the bypass off"`,
  ),
  validation(
    'elsewhere',
    'an image is neither in the mirror nor kept by a rule',
    `${image} + ": neither in the mirror nor kept by a rule"`,
  ),
];

function validation(found: VariableName, message: string, ofImage: string): object {
  const whole = `"image-detour: " + ${variables[found]}.map(x, ${ofImage}).join("; ")`;
  return {
    expression: `size(${variables[found]}) == 0`,
    message: `image-detour: ${message}`,
    messageExpression: `[${whole}].map(m, size(m) > ${maxMessage} ? m.substring(0, ${maxMessage}) : m)[0]`,
    reason: 'Forbidden',
  };
}
