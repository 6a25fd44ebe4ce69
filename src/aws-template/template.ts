import { createHash } from 'node:crypto';
import { buildWebhookConfiguration } from '../admission/webhook-configuration.ts';
import type { RulesFile } from '../rules/schema.ts';
import { excludedNamespaces } from '../workload/opt-out.ts';
import { fillIn } from './fill-in.ts';
import { wrapFunction } from './function-code.ts';

/** TemplateName is the name of a file in src/lambda/templates/. */
export type TemplateName = 'api-gateway.yaml' | 'sam.yaml' | 'function-url.yaml';

/** TemplateSource is what templates are made of. */
export interface TemplateSource {
  readonly templates: Readonly<Record<TemplateName, string>>;
  /** The texts that templates share, by name. */
  readonly parts: Readonly<Record<string, string>>;
  /** The function, in Brotli and base64. */
  readonly packed: string;
}

/** TemplateRules are the rules in a template. */
export interface TemplateRules {
  readonly file: RulesFile;
  /**
   * Whether nothing else decides: then no parameter of the stack changes the rules, and the function
   * is in the template. Otherwise they are the rules to begin with.
   */
  readonly areFinal: boolean;
  /** Whether the rules let a label keep Pods away. */
  readonly optOutLabel: boolean;
  /** Namespaces that the registration leaves out, in addition to those that it always does. */
  readonly excludeNamespace?: readonly string[];
}

const gatewayUrl = 'https://${Host}.execute-api.${AWS::Region}.${AWS::URLSuffix}/call${Segment}';
const urls: Readonly<Record<TemplateName, string>> = {
  'api-gateway.yaml': gatewayUrl,
  'sam.yaml': gatewayUrl,
  'function-url.yaml': 'https://${Host}${Segment}',
};

/** The parts by which parameters of a stack say where rules are. */
const partsOfParameters = [
  'mirror-parameters',
  'mirror-condition',
  'mirror-environment',
  'opt-out-parameter',
  'opt-out-condition',
  'rules-parameters',
  'rules-conditions',
];

/**
 * Builds a template.
 *
 * @throws Error if it is not printable ASCII, which CloudFormation refuses in inline code
 */
export function buildTemplate(
  name: TemplateName,
  { templates, parts, packed }: TemplateSource,
  rules: TemplateRules,
): string {
  const common = { ...parts, ...registrationParts(parts, urls[name], rules.excludeNamespace) };
  const code = wrapFunction(packed, rules.file);
  const texts = { ...common, code, ...(rules.areFinal && finalParts(common, rules)) };
  const whole = fillIn(templates[name], texts);
  const template = whole.replaceAll('@HASH@', deploymentHash(whole));
  if (!/^[\n -~]+$/.test(template)) throw new Error(`${name} is not printable ASCII`);
  return template;
}

/** Returns the parts that replace those of parameters. */
function finalParts(
  parts: Readonly<Record<string, string>>,
  { optOutLabel }: TemplateRules,
): Record<string, string> {
  const none = Object.fromEntries(partsOfParameters.map((part) => [part, '']));
  const [, selector] = /'(.*)'/.exec(parts['object-selector'] ?? '') ?? [];
  return {
    ...none,
    'object-selector': `ObjectSelector: '${optOutLabel ? selector : '{}'}'`,
    'packed-role': parts['inline-role'] ?? '',
    'packed-function': parts['inline-function'] ?? '',
    console: (parts.console ?? '').replace(
      /^ *(MirrorRegistry|Rules|OptOutLabel): .*\n|\b(MirrorRegistry|Rules|OptOutLabel), /gm,
      '',
    ),
  };
}

/**
 * Returns the registration as one line of JSON for !Sub: programs that show outputs fold lines and
 * lose indentation.
 */
function registrationParts(
  parts: Readonly<Record<string, string>>,
  url: string,
  excludeNamespace: readonly string[] = [],
): Record<string, string> {
  const byDefault = excludedNamespaces({ excludeNamespace });
  const withKubeSystem = excludedNamespaces({ includeKubeSystem: true, excludeNamespace });
  const configuration = buildWebhookConfiguration({
    name: 'image-detour',
    address: { url },
    caBundle: undefined,
    kubernetes: 36,
    failurePolicy: 'Ignore',
    timeoutSeconds: 3,
    excludedNamespaces: byDefault,
  }) as { webhooks: { objectSelector: object }[] };
  const excluded = JSON.stringify(byDefault);
  const selector = JSON.stringify(configuration.webhooks[0]?.objectSelector);
  const webhook = JSON.stringify(configuration)
    .replace(`"objectSelector":${selector}`, '"objectSelector":${ObjectSelector}')
    .replace(`"values":${excluded}`, '"values":${Excluded}')
    .replace('"timeoutSeconds":3', '"timeoutSeconds":${WebhookTimeoutSeconds}');
  return {
    webhook,
    'object-selector': (parts['object-selector'] ?? '').replace('@SELECTOR@', selector),
    'registration-selectors': (parts['registration-selectors'] ?? '')
      .replace('@WITH-KUBE-SYSTEM@', JSON.stringify(withKubeSystem))
      .replace('@DEFAULT@', excluded),
  };
}

/** Returns a hash of all that a deployment shows: from the API down to the stage. */
function deploymentHash(text: string): string {
  const shown = text.slice(text.indexOf('\n  Api:\n'), text.indexOf('\n  Stage:\n'));
  return createHash('sha256').update(shown).digest('hex').slice(0, 10);
}
