import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { Origin } from '../../rules/origin.ts';
import type { Rule } from '../../rules/rule-set.ts';
import { exceptFor } from '../contract/target.ts';

/*
 * What a prefix of containers/image matches although the rule does not. The pull of such an image
 * fails, from its origin too, if what comes out is not a reference: `quay.io:5000/app` would be
 * looked for at `MIRROR/quay:5000/app`.
 */

/** Matches a port at the end of a registry. */
export const port = /:\d+$/;

/** Reports whether an origin is a registry as a whole, by its host without a port. */
export function isBareHost({ kind, host, path }: Origin): boolean {
  return kind === 'host' && path === '' && !port.test(host);
}

/** Notes what the prefixes of these rules, none of which keeps, match in addition. */
export function reportReach(rules: readonly Rule[], { keep }: { keep: boolean }): Diagnostic[] {
  return [
    ...rules.filter(({ origin }) => origin.kind === 'below').map((rule) => aboutDomain(rule, keep)),
    ...aboutHosts(
      rules.filter(({ origin }) => isBareHost(origin)),
      keep,
    ),
    ...rules.filter(isToTop).map(aboutSameName),
  ];
}

function aboutDomain(rule: Rule, keep: boolean): Diagnostic {
  const advice = keep ? '; name with `keep` those that there are' : ', and cannot leave them out';
  const message = `"${rule.from}": the target takes registries with a port for its own${advice}`;
  return exceptFor(rule, message);
}

/** Is one note for all, because it would say the same of each. */
function aboutHosts([first, ...others]: readonly Rule[], keep: boolean): Diagnostic[] {
  if (first === undefined) return [];
  const names = `"${first.from}"${others.length === 0 ? '' : ` and ${others.length} more`}`;
  const what = keep
    ? 'with a port other than 443; name those that exist with `keep`'
    : 'with a port, and cannot leave it out';
  return [exceptFor(first, `${names}: the target also matches the host ${what}`)];
}

function isToTop({ origin, destination }: Rule): boolean {
  return origin.path !== '' && destination?.path === '';
}

/** Nothing is left of the name, and a registry alone is not a repository. */
function aboutSameName(rule: Rule): Diagnostic {
  const message = `"${rule.from}": the target cannot pull an image of exactly this name, because "to" is a registry without a path`;
  return exceptFor(rule, message);
}

/**
 * Notes what happens to `library/a/b`, which is not an official image: the prefix for official images
 * matches it too, and all images of a prefix have the same mirrors in the same order.
 */
export function aboutLibrary(rule: Rule): Diagnostic[] {
  const message =
    rule.library === 'never'
      ? `"${rule.from}": the target drops library/ from library/a/b as it does from library/busybox`
      : `"${rule.from}": the target asks the mirror for library/a/b without library/ first, as it does for library/busybox`;
  return [exceptFor(rule, message)];
}
