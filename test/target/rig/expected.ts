import { decide } from '../../../src/decision/decide.ts';
import { canonicalHost } from '../../../src/reference/docker-hub.ts';
import { nodeReference, type Reference } from '../../../src/reference/reference.ts';
import type { Diagnostic } from '../../../src/rules/diagnostic.ts';
import type { Rule, RuleSet } from '../../../src/rules/rule-set.ts';

/** Expected is whom a node should ask for an image, by `decide`: its mirror, then its origin. */
export interface Expected {
  readonly mirrors: readonly string[];
  /** Undefined where it must not be asked. */
  readonly origin: string | undefined;
  /** Whether the origin is asked even if the target has mirrors only. */
  readonly isLenient?: boolean;
}

/**
 * Returns whom a node should ask; undefined if the target has reported that it cannot express it.
 */
export function expected(
  image: string,
  ruleSet: RuleSet,
  diagnostics: readonly Diagnostic[],
): Expected | undefined {
  const decision = decide(image, ruleSet, { namespace: 'default' });
  const { action, reason, rule, image: becomes } = decision;
  if (reason === 'unwritable' || reason === 'unparsable') return undefined;
  const inexpressible = diagnostics.filter(({ code }) => code === 'not-expressible');
  const reported = inexpressible.filter((each) => !isLeniency(each));
  const isLenient = inexpressible.some((each) => isLeniency(each) && isOf(rule, each));
  if (reason === 'bypass')
    return isBypassReported(becomes, ruleSet, inexpressible)
      ? undefined
      : { mirrors: [], origin: nameOf(becomes) };
  const reference = nodeReference(image) as Reference;
  const origin = nameOf(image);
  const isOfficial = origin.startsWith('registry-1.docker.io/library/');
  const images = [decision, ...(decision.earlier ?? [])].map((each) => ({
    reason,
    rule: each.rule,
    becomes,
    isChained: decision.earlier !== undefined,
    reference,
    isOfficial,
  }));
  if (reported.some((each) => images.some((one) => isAbout(each, one)))) return undefined;
  if (action === 'deny') return { mirrors: [], origin: isLenient ? origin : undefined };
  if (action === 'keep') return { mirrors: [], origin };
  const isShort = isOfficial && reference.repository.split('/').length === 2;
  if (isShort && rule?.restStart === 0 && rule.library === 'as-written') {
    const to = rule.destination?.name;
    const bare = `${to}/${reference.repository.slice('library/'.length)}`;
    return { mirrors: [bare, `${to}/${reference.repository}`], origin, isLenient };
  }
  return { mirrors: [nameOf(becomes)], origin, isLenient };
}

/** Reports whether a diagnostic says that the origin is asked although the rule forbids it. */
function isLeniency({ message }: Diagnostic): boolean {
  return /so it refuses none of these$|so it still asks the origin of these$/.test(message);
}

function isOf(rule: Rule | undefined, { line, column }: Diagnostic): boolean {
  return rule !== undefined && line === rule.line && column === rule.column;
}

interface Image {
  readonly becomes: string;
  /** Whether a rule below the destination of another takes part. */
  readonly isChained: boolean;
  readonly reason: string;
  readonly rule: Rule | undefined;
  readonly reference: Reference;
  readonly isOfficial: boolean;
}

/**
 * Reports whether a diagnostic is about the image: all of its rule, or a part that it belongs to.
 */
function isAbout(diagnostic: Diagnostic, image: Image): boolean {
  const { message } = diagnostic;
  const { reason, rule, reference, isOfficial } = image;
  if (message.includes('name its mirror')) return reason === 'already-mirrored';
  if (message.includes('with a port')) {
    const isOther = reason === 'no-rule' || rule?.origin.kind === 'any';
    return isOther && isPortBelow(message, reference.registry);
  }
  if (!isOf(rule, diagnostic)) return false;
  const part = parts.find(([text]) => message.includes(text));
  return part === undefined
    ? isOfficial || !message.includes('busybox')
    : part[1](image, diagnostic);
}

/** Texts of diagnostics that are about a part of a rule's images, with which images these are. */
const parts: readonly [string, (image: Image, diagnostic: Diagnostic) => boolean][] = [
  ['sends there', ({ isChained }) => isChained],
  [
    'are official there',
    ({ becomes }) => /^docker\.io\/[^/]+$/.test(becomes.replace(/[:@].*/, '')),
  ],
  [
    'library/a/b',
    ({ isOfficial, reference }) => isOfficial && reference.repository.split('/').length > 2,
  ],
  ['exactly this name', ({ rule, reference }) => reference.repository === rule?.origin.path],
  [
    'outside its mirrors',
    ({ reference }, { message }) => message.includes(` of ${reference.registry} `),
  ],
];

/**
 * Reports whether a registry with a port lies below the wildcard that a message begins with. Hosts
 * of rules have no port in the corpus.
 */
function isPortBelow(message: string, registry: string): boolean {
  const [, domain] = /^"\*([^"]+)"/.exec(message) ?? [];
  if (domain === undefined) return false;
  const [host = '', port] = registry.toLowerCase().split(':');
  return port !== undefined && host.endsWith(domain);
}

/**
 * Reports whether the target has reported that it does not take the bypass off this image: it
 * reports all registries, or all but those that the rules name.
 */
function isBypassReported(
  becomes: string,
  ruleSet: RuleSet,
  reported: readonly Diagnostic[],
): boolean {
  if (!reported.some(({ message }) => message.includes('registries that the rules name')))
    return true;
  const { registry } = nodeReference(becomes) as Reference;
  const named = ruleSet.indexed.filter(
    ({ origin, shape, namespaces, destination }) =>
      origin.kind === 'host' &&
      origin.host === registry &&
      origin.suffix === '' &&
      shape === 'whole' &&
      namespaces === undefined &&
      !destination?.isTemplate,
  );
  const isShort = /^docker\.io\/[^/]+$/.test(becomes);
  if (named.length === 0 || isShort || !becomes.startsWith(`${registry}/`)) return true;
  // What is blocked is so under every name.
  const direct = expected(becomes, ruleSet, reported);
  if (direct !== undefined)
    return decide(becomes, ruleSet, { namespace: 'default' }).action === 'deny';
  return ruleSet.indexed.some(({ action, origin }) => {
    const isHere =
      origin.kind === 'host' ? origin.host === registry : registry.endsWith(origin.host);
    return action === 'deny' && isHere;
  });
}

/** As it is asked for: registry and repository. */
function nameOf(image: string): string {
  const { registry, repository } = nodeReference(image) as Reference;
  const host = canonicalHost(registry);
  return `${host === 'docker.io' ? 'registry-1.docker.io' : host}/${repository}`;
}
