import { dockerHub, officialPath } from '../../reference/docker-hub.ts';
import { type Destination, fixedPart, registryVariable } from '../../rules/destination.ts';
import type { Origin } from '../../rules/origin.ts';
import { type RewriteRule, type Rule, type RuleSet, writtenSuffix } from '../../rules/rule-set.ts';

/**
 * Returns a rule that keeps for each destination, because images that are in it stay there
 * (`already-mirrored`). Its `from` is that of the rule that sends images there.
 */
export function keptMirrors(ruleSet: RuleSet): Rule[] {
  const kept = new Map<string, Rule>();
  for (const rule of ruleSet.indexed) {
    if (rule.action !== 'rewrite') continue;
    for (const origin of originsOf(rule)) {
      const key = `${origin.host}/${origin.path}${origin.suffix}`;
      kept.set(key, { ...rule, origin, action: 'keep', destination: undefined });
    }
  }
  return [...kept.values()];
}

function originsOf(rule: RewriteRule): Origin[] {
  const { host, path } = hasPrefix(rule.destination)
    ? fixedPart(rule.destination)
    : rule.destination;
  const paths = host === dockerHub && path !== '' ? [path, officialPath(path)] : [path];
  const suffix = writtenSuffix(rule);
  return [...new Set(paths)].map((each) => ({ kind: 'host', host, path: each, suffix }));
}

/**
 * Reports whether what is in a destination has one prefix: with `${registry}` as its last segment
 * it is what comes before.
 */
function hasPrefix({ isTemplate, path }: Destination): boolean {
  return !isTemplate || path === registryVariable || path.endsWith(`/${registryVariable}`);
}

/** Reports whether a kept mirror is all that is below a prefix, as nodes know parts of registries. */
export function isPrefix({ origin: { path, suffix } }: Rule): boolean {
  return suffix === '' && !path.includes(registryVariable);
}

/**
 * Keeps the registries of mirrors as a whole, for targets that know only those: what goes where
 * every other registry goes would go there from the mirrors too.
 */
export function keepMirrors(
  mirrors: readonly Rule[],
  hosts: ReadonlyMap<string, Rule>,
): ReadonlyMap<string, Rule> {
  if (!hosts.has('*')) return new Map([...hosts].filter(([, { action }]) => action !== 'keep'));
  const unnamed = mirrors.filter(({ origin }) => !hosts.has(origin.host));
  return new Map([...hosts, ...unnamed.map((mirror) => [mirror.origin.host, mirror] as const)]);
}
