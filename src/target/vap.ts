import type { Diagnostic } from '../rules/diagnostic.ts';
import type { Rule, RuleSet } from '../rules/rule-set.ts';
import type { RulesFile } from '../rules/schema.ts';
import { mirrors, ruleTables } from './cel/find-rule.ts';
import { text } from './cel/literal.ts';
import { exemptVariable, imageVariables, type Variable } from './cel/pod.ts';
import { matchedRequests, metadata, tooLarge, write } from './cel/policy.ts';
import { referenceVariables } from './cel/reference.ts';
import type { TargetOptions } from './contract/options.ts';
import { madeBy, notExpressible, type Target } from './contract/target.ts';

/**
 * Judges what every mutation left: refuses images that would still be pulled from elsewhere. Only what the author of the
 * rules says counts (`keep`, `namespaces`). What the author of a Pod writes has no effect, whatever `exits` says: the
 * bypass, annotations, labels, and the owners and labels that `skip` names.
 */
export const validatingAdmissionPolicy: Target = {
  name: 'vap',
  title: 'ValidatingAdmissionPolicy: only the mirror, and what keep names (Kubernetes 1.30)',
  abilities: {
    paths: 'yes',
    wildcards: 'yes',
    keep: 'yes',
    deny: 'yes',
    library: 'no',
    namespaces: 'yes',
    bypass: 'yes',
  },
  takes: ['name', 'api', 'mode'],
  compile(ruleSet, options) {
    const variables = variablesOf(ruleSet);
    const documents = [
      { path: 'validating-admission-policy.yaml', text: yaml(variables, options) },
    ];
    const expressions = variables.map(({ expression }) => expression);
    return { documents, diagnostics: [...withoutSkip(ruleSet.file), ...tooLarge(expressions)] };
  },
};

function withoutSkip({ skip }: RulesFile): Diagnostic[] {
  return (['owners', 'labels'] as const)
    .filter((part) => skip?.[part] !== undefined)
    .map((part) => {
      const message = `skip.${part}: the author of a Pod writes its ${part}, so these Pods are judged like any other`;
      return notExpressible(undefined, message);
    });
}

function yaml(variables: readonly Variable[], { name, api, mode }: TargetOptions): string {
  const apiVersion = `admissionregistration.k8s.io/${api}`;
  const policy = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: metadata(name),
    spec: {
      failurePolicy: mode === 'deny' ? 'Fail' : 'Ignore',
      ...matchedRequests({ label: false, staticPod: false }),
      variables: variables.map((each) => ({ name: each.name, expression: each.expression })),
      validations: validations(),
    },
  };
  const validationActions = [{ warn: 'Warn', audit: 'Audit', deny: 'Deny' }[mode]];
  const binding = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: metadata(name),
    spec: { policyName: name, validationActions },
  };
  const comment = `${madeBy('vap')} Apply with \`kubectl apply --server-side\`.`;
  return write([policy, binding], { comment, variables });
}

const denied = 'deny ';

function said({ action, message }: Rule): string {
  // A message of several lines would not be shown at all.
  return action === 'deny' ? denied + message.replace(/\s+/g, ' ') : action;
}

function variablesOf(ruleSet: RuleSet): Variable[] {
  const rules = ruleTables(ruleSet, said);
  const mirror = mirrors(ruleSet, ruleSet.file.namespaceRules?.to);
  const bypassed = ruleSet.bypass === '' ? 'false' : `x.image.startsWith(${text(ruleSet.bypass)})`;
  return [
    ...imageVariables({ withPointers: false }),
    exemptVariable({ namespaces: ruleSet.file.namespaces }),
    {
      name: 'prefixed',
      comment: 'The images that still carry the bypass.',
      expression: `variables.exempt ? [] : variables.changed.filter(x, ${bypassed})`,
    },
    {
      name: 'open',
      comment: 'The others.',
      expression: `variables.exempt ? [] : variables.changed.filter(x, !${bypassed})`,
    },
    ...referenceVariables('open', ['place', 'image'], ''),
    ...mirror.variables,
    ...rules.variables,
    {
      name: 'mirrored',
      comment: 'The places with images that are in the mirror.',
      expression: `variables.named.filter(x, ${mirror.isMirrored}).map(x, x.place)`,
    },
    {
      name: 'judged',
      comment: 'Of the others, what the rule says: rewrite, keep, or deny with a message.',
      expression: `variables.named.filter(x, !(x.place in variables.mirrored))
.map(x, {"place": x.place, "image": x.image, "key": ${rules.key}})
.map(x, {"place": x.place, "image": x.image, "verdict": ${rules.value}})`,
    },
    {
      name: 'denied',
      comment: 'The images of rules that deny.',
      expression: `variables.judged.filter(x, x.verdict.startsWith("${denied}"))`,
    },
    {
      name: 'elsewhere',
      comment: 'What is neither in the mirror nor kept, nor refused already.',
      expression: `variables.open.filter(x, !(x.place in variables.mirrored)
&& !variables.judged.exists(y, y.place == x.place && (y.verdict == "keep" || y.verdict.startsWith("${denied}"))))`,
    },
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

function validation(variable: string, message: string, ofImage: string): object {
  const whole = `"image-detour: " + variables.${variable}.map(x, ${ofImage}).join("; ")`;
  return {
    expression: `size(variables.${variable}) == 0`,
    message: `image-detour: ${message}`,
    messageExpression: `[${whole}].map(m, size(m) > ${maxMessage} ? m.substring(0, ${maxMessage}) : m)[0]`,
    reason: 'Forbidden',
  };
}
