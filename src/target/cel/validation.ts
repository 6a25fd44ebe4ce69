import type { Diagnostic } from '../../rules/diagnostic.ts';
import { positionOfKey } from '../../rules/key-positions.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import type { TargetSettings } from '../contract/options.ts';
import { notExpressible } from '../contract/target.ts';
import { mirrors, ruleTables } from './find-rule.ts';
import { text } from './literal.ts';
import { exemptVariable, imageVariables } from './pod.ts';
import { matchedRequests, tooLarge } from './policy.ts';
import { referenceVariables } from './reference.ts';
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
export function validationOf(ruleSet: RuleSet, mode: TargetSettings['mode']): Validation {
  const ordered = variablesOf(ruleSet);
  return {
    spec: {
      failurePolicy: mode === 'deny' ? 'Fail' : 'Ignore',
      ...matchedRequests({ label: false, staticPod: false }),
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
  return (['owners', 'labels'] as const)
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

function variablesOf(ruleSet: RuleSet): Variable[] {
  const rules = ruleTables(ruleSet, verdictOf);
  const mirror = mirrors(ruleSet, ruleSet.namespaceDestinations);
  const bypassed = ruleSet.bypass === '' ? 'false' : `x.image.startsWith(${text(ruleSet.bypass)})`;
  return [
    ...imageVariables({ withPointers: false }),
    exemptVariable({ namespaces: ruleSet.file.namespaces }),
    variable('prefixed', `${variables.exempt} ? [] : ${variables.changed}.filter(x, ${bypassed})`),
    {
      ...variable(
        'open',
        `${variables.exempt} ? [] : ${variables.changed}.filter(x, !${bypassed})`,
      ),
      comment: 'The others.',
    },
    ...referenceVariables('open', ['place', 'image'], ''),
    ...mirror.variables,
    ...rules.variables,
    variable('mirrored', `${variables.named}.filter(x, ${mirror.isMirrored}).map(x, x.place)`),
    variable(
      'judged',
      `${variables.named}.filter(x, !(x.place in ${variables.mirrored}))
.map(x, {"place": x.place, "image": x.image, "key": ${rules.key}})
.map(x, {"place": x.place, "image": x.image, "verdict": ${rules.value}})`,
    ),
    variable('denied', `${variables.judged}.filter(x, x.verdict.startsWith("${denied}"))`),
    variable(
      'elsewhere',
      `${variables.open}.filter(x, !(x.place in ${variables.mirrored})
&& !${variables.judged}.exists(y, y.place == x.place && (y.verdict == "keep" || y.verdict.startsWith("${denied}"))))`,
    ),
  ];
}

/** The API server shows no message of more than 5 KiB. */
const maxMessage = 1000;

const validations = () => [
  validation(
    'denied',
    'an image is denied',
    `x.place + " " + x.image + ": " + x.verdict.substring(${denied.length})`,
  ),
  validation(
    'prefixed',
    'an image carries the bypass, which nothing took off',
    'x.place + " " + x.image + ": nothing took the bypass off"',
  ),
  validation(
    'elsewhere',
    'an image is neither in the mirror nor kept by a rule',
    'x.place + " " + x.image + ": neither in the mirror nor kept by a rule"',
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
