import { decide } from '../../../src/decision/decide.ts';
import { parseReference, type Reference } from '../../../src/reference/reference.ts';
import type { Diagnostic } from '../../../src/rules/diagnostic.ts';
import { ruleHost } from '../../../src/rules/origin.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';

/** Whom a node should ask for an image, by `decide`: its mirror, then its origin. */
export interface Expected {
  readonly mirrors: readonly string[];
  /** Undefined where it must not be asked. */
  readonly origin: string | undefined;
}

/**
 * Undefined where the target has told that it cannot say it: by the rule, or by what only a part of its images is
 * about.
 */
export function expected(
  image: string,
  ruleSet: RuleSet,
  diagnostics: readonly Diagnostic[],
): Expected | undefined {
  const { action, reason, rule, image: becomes } = decide(image, ruleSet, { namespace: 'default' });
  if (reason === 'unwritable' || reason === 'unparsable' || reason === 'bypass') return undefined;
  const reference = parseReference(image) as Reference;
  const told = diagnostics.filter(
    ({ line, column }) => rule !== undefined && line === rule.line && column === rule.column,
  );
  const isOfficial = nameOf(image).startsWith('registry-1.docker.io/library/');
  const matters = told.filter(
    ({ code, message }) =>
      code === 'not-expressible' &&
      !message.includes('name its mirror') &&
      (isOfficial || !message.includes('busybox')),
  );
  if (matters.length > 0) return undefined;
  if (reason === 'already-mirrored') {
    if (diagnostics.some(({ message }) => message.includes('name its mirror'))) return undefined;
  }
  // All of a mirror's registry is left alone by targets that know registries only.
  if (rule?.origin.kind === 'any' && isMirror(reference.registry, ruleSet)) return undefined;
  const origin = nameOf(image);
  if (action === 'deny') return { mirrors: [], origin: undefined };
  if (action === 'keep') return { mirrors: [], origin };
  const mirror = nameOf(becomes);
  if (isOfficial && rule?.restStart === 0 && rule.library === 'as-written') {
    const bare = `${rule.to}/${reference.repository.slice('library/'.length)}`;
    return { mirrors: [bare, `${rule.to}/${reference.repository}`], origin };
  }
  return { mirrors: [mirror], origin };
}

/** As it is asked for: registry and repository. */
function nameOf(image: string): string {
  const { registry, repository } = parseReference(image) as Reference;
  const host = ruleHost(registry);
  return `${host === 'docker.io' ? 'registry-1.docker.io' : host}/${repository}`;
}

function isMirror(registry: string, { indexed }: RuleSet): boolean {
  return indexed.some(({ to }) => to === registry || to.startsWith(`${registry}/`));
}
