import { type Exit, exitNames } from '../rules/exit-names.ts';
import { matchConditions, webhookNames } from './webhook-configuration.ts';

/**
 * RegistrationFinding is something in a registration that lets a Pod past rules that close exits.
 */
export interface RegistrationFinding {
  readonly code:
    | 'registration-label'
    | 'registration-condition'
    | 'registration-gap'
    | 'fails-open';
  readonly severity: 'warning' | 'note';
  /** The name of the MutatingWebhookConfiguration. */
  readonly configuration: string;
  readonly message: string;
  readonly expected: string;
}

/** A MutatingWebhookConfiguration; none of it has been checked. */
interface Configuration {
  readonly metadata?: { readonly name?: unknown };
  readonly webhooks?: readonly Webhook[];
}

/** Webhook is an entry of a MutatingWebhookConfiguration; none of it has been checked. */
export interface Webhook {
  readonly name?: unknown;
  readonly failurePolicy?: unknown;
  readonly clientConfig?: {
    readonly url?: unknown;
    readonly service?: {
      readonly namespace?: unknown;
      readonly name?: unknown;
      readonly path?: unknown;
    };
    readonly caBundle?: unknown;
  };
  readonly objectSelector?: {
    readonly matchLabels?: object;
    readonly matchExpressions?: readonly unknown[];
  };
  readonly matchConditions?: readonly { readonly name?: unknown; readonly expression?: unknown }[];
  readonly rules?: readonly WebhookRule[];
}

interface WebhookRule {
  readonly apiGroups?: readonly unknown[];
  readonly operations?: readonly unknown[];
  readonly resources?: readonly unknown[];
}

type Found = Omit<RegistrationFinding, 'configuration'>;

/** Reports whether an object, of any kind, registers the webhook. */
export function isRegistration(object: unknown): boolean {
  return webhooksOf(object).length > 0;
}

/**
 * Lists what in a MutatingWebhookConfiguration opens exits that the rules close. Only `open` ones
 * are left to Pods' authors.
 */
export function registrationExits(
  configuration: unknown,
  open: ReadonlySet<Exit>,
): RegistrationFinding[] {
  if (open.size === exitNames.length) return [];
  const { metadata } = configuration as Configuration;
  const name = String(metadata?.name);
  const found = webhooksOf(configuration).flatMap((webhook) => [
    ...findLabel(webhook, open),
    ...findConditions(webhook, open),
    ...findGaps(webhook),
    ...findOpenFailure(webhook),
  ]);
  return found.map((finding) => ({ ...finding, configuration: name }));
}

/** Returns the webhooks of an object, of any kind, that are ours by name. */
export function webhooksOf(object: unknown): Webhook[] {
  const { webhooks } = (object ?? {}) as Configuration;
  if (!Array.isArray(webhooks)) return [];
  return webhooks.filter((webhook) => webhookNames.includes(String(webhook?.name)));
}

function findLabel({ objectSelector }: Webhook, open: ReadonlySet<Exit>): Found[] {
  const { matchLabels = {}, matchExpressions = [] } = objectSelector ?? {};
  const isEmpty = Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
  if (isEmpty || open.has('label')) return [];
  return [
    {
      code: 'registration-label',
      severity: 'warning',
      message: 'its objectSelector lets a Pod avoid the webhook by a label, and exits closes label',
      expected: 'no objectSelector: detour webhook --no-opt-out-label, webhook.optOutLabel: false',
    },
  ];
}

function findConditions(
  { matchConditions: conditions = [] }: Webhook,
  open: ReadonlySet<Exit>,
): Found[] {
  const ours = new Set<unknown>(matchConditions.map(({ expression }) => expression));
  const exits: readonly [Exit, RegExp][] = [
    ['label', /\bobject\.metadata\.labels\b/],
    ['annotation', /\bobject\.metadata\.annotations\b/],
  ];
  return conditions
    .filter(({ expression }) => !ours.has(expression))
    .flatMap(({ name, expression }) => {
      const exit = exits.find(([one, use]) => !open.has(one) && use.test(String(expression)));
      if (exit === undefined) return [];
      return {
        code: 'registration-condition',
        severity: 'warning',
        message: `its matchCondition "${name}" depends on what a Pod's author writes, and exits closes ${exit[0]}`,
        expected: 'a condition on what authors do not write, such as request.userInfo',
      } as const;
    });
}

/** The requests by which an image comes into a Pod. */
const requests = [
  ['CREATE', 'pods'],
  ['UPDATE', 'pods'],
  ['UPDATE', 'pods/ephemeralcontainers'],
] as const;

/** Lists the requests by which an image comes into a Pod and that no rule of a webhook covers. */
export function missingRequests({ rules = [] }: Webhook): readonly (typeof requests)[number][] {
  return requests.filter(([operation, resource]) =>
    rules.every((rule) => !covers(rule, operation, resource)),
  );
}

function findGaps(webhook: Webhook): Found[] {
  return missingRequests(webhook).map(([operation, resource]) => ({
    code: 'registration-gap',
    severity: 'warning',
    message: `its rules lack ${operation} of ${resource}: images that come that way reach no rule`,
    expected: 'the rules that detour webhook prints',
  }));
}

/**
 * Reports whether a rule matches, as the API server compares: `*` stands for any, `pods/*` for pods
 * and all below.
 */
function covers(
  { apiGroups, operations, resources }: WebhookRule,
  operation: string,
  path: string,
): boolean {
  const has = (list: readonly unknown[] | undefined, value: string) =>
    list !== undefined && (list.includes(value) || list.includes('*'));
  const [resource, subresource = ''] = path.split('/');
  const matchesResource = resources?.some((one) => {
    const [name, below = ''] = String(one).split('/');
    return (name === '*' || name === resource) && (below === '*' || below === subresource);
  });
  return has(apiGroups, '') && has(operations, operation) && matchesResource === true;
}

function findOpenFailure({ failurePolicy }: Webhook): Found[] {
  if (failurePolicy !== 'Ignore') return [];
  return [
    {
      code: 'fails-open',
      severity: 'note',
      message: 'with failurePolicy Ignore, Pods are admitted as written while nobody answers',
      expected: 'failurePolicy: Fail if that is not wanted',
    },
  ];
}
