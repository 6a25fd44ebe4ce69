import { type Decision, decide } from '../decision/decide.ts';
import { denialMessage } from '../decision/denial.ts';
import { Budget } from '../rules/budget.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { items, keys, readJson, whole } from './read-json.ts';
import { JsonSyntaxError } from './skip-json.ts';

/** What was asked of one image, and what is answered. */
interface KeyDecision {
  readonly image: string;
  readonly decision: Decision;
}

/** ExternalDataResult is the answer to one call, whatever carries it. */
export interface ExternalDataResult {
  /** HTTP status: 200, or 400 for what is no ProviderRequest. */
  readonly status: 200 | 400;
  /** JSON for 200, else one line of text. */
  readonly body: string;
  readonly decisions: readonly KeyDecision[];
}

/** Names the path at which Gatekeeper asks. */
export const externalDataPath = '/external-data';
const apiVersion = 'externaldata.gatekeeper.sh/v1beta1';
/** Gatekeeper asks for the images of one Pod at a time; each is echoed. */
const maxKeys = 1_000;
/** Far longer than a reference. */
const maxKeyLength = 4096;

const request = keys({ apiVersion: whole, kind: whole, request: keys({ keys: items(whole) }) });

interface UncheckedRequest {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly request?: { readonly keys?: readonly unknown[] };
}

/**
 * Answers a ProviderRequest of Gatekeeper's external data, given as JSON text: keys are images,
 * values what they become. Total: it never throws. A key is all that is known: no namespace, no
 * Pod.
 */
export function answerExternalData(body: string, ruleSet: RuleSet): ExternalDataResult {
  const images = readKeys(body);
  if (typeof images === 'string') return { status: 400, body: images, decisions: [] };
  const budget = new Budget();
  const decisions = images.map((image) => ({ image, decision: decideKey(image, ruleSet, budget) }));
  const response = { idempotent: true, items: decisions.map(toItem), systemError: '' };
  const answer = { apiVersion, kind: 'ProviderResponse', response };
  return { status: 200, body: JSON.stringify(answer), decisions };
}

/**
 * Decides an image; one that one namespace has rewritten and another not is left as it is written.
 */
function decideKey(image: string, ruleSet: RuleSet, budget: Budget): Decision {
  const decision = decide(image, ruleSet, { namespace: undefined, budget });
  const { rule } = decision;
  return rule?.namespaces === undefined
    ? decision
    : { action: 'keep', reason: 'namespace', rule, image };
}

function toItem({ image, decision }: KeyDecision): object {
  return decision.action === 'deny'
    ? { key: image, error: `image-detour: ${image}: ${denialMessage(decision)}` }
    : { key: image, value: decision.image };
}

/** Reads the keys. A string says why there are none. */
function readKeys(body: string): readonly string[] | string {
  let unchecked: UncheckedRequest | undefined;
  try {
    unchecked = readJson(body, request) as UncheckedRequest | undefined;
  } catch (error) {
    // SyntaxError: JSON.parse's, of a string that is read whole and has a bad escape.
    if (error instanceof JsonSyntaxError || error instanceof SyntaxError)
      return `the body is not JSON: ${error.message}`;
    throw error;
  }
  if (unchecked?.kind !== 'ProviderRequest') return 'the body is not a ProviderRequest';
  if (unchecked.apiVersion !== apiVersion) return `the apiVersion is not ${apiVersion}`;
  const images = unchecked.request?.keys ?? [];
  if (images.length > maxKeys) return `there are more than ${maxKeys} keys`;
  if (!images.every((image) => typeof image === 'string')) return 'a key is not a string';
  if (images.some((image) => image.length > maxKeyLength))
    return `a key is longer than ${maxKeyLength}`;
  // Each is answered once: answers are found by their key.
  return [...new Set(images)];
}
