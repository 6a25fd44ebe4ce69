import { dockerHub, officialPrefix } from '../../reference/docker-hub.ts';
import { segmentsOf } from '../../rules/segments.ts';
import type { Chains } from './chains.ts';
import type { RuleTables } from './find-rule.ts';
import { listOf } from './item.ts';
import type { DeepestMirrors } from './mirrors.ts';
import { distinct, keyOf } from './names.ts';
import { table } from './table.ts';
import { type Variable, writtenName } from './variables.ts';
import { type Results, writtenItem } from './written-name.ts';

/*
 * What a rule wrote is decided by a longer `from` below its destination: decideResult of
 * decision/decide.ts in CEL, one expression for each pass. Only images of rules whose results others
 * can decide are looked at; the rest go from list to list as they are.
 */

interface PassParts {
  readonly chains: Chains;
  readonly rules: RuleTables;
  readonly mirror: DeepestMirrors;
  readonly results: Results;
  /** Drops the items whose name cannot be written: those images stay as they were. */
  readonly isWritable: string;
}

/** Returns the table of the rules whose results others decide, and the expression of each pass. */
export function passesOf({ chains, rules, mirror, results, isWritable }: PassParts): {
  readonly tables: readonly Variable[];
  readonly passes: readonly string[];
} {
  const hosts = table(
    'passedOn',
    chains.sources.map((rule) => [keyOf(rule), rule.destination.host]),
  );
  const depths = distinct(
    chains.longer
      .filter(({ origin }) => origin.suffix === '')
      .map(({ origin }) => segmentsOf(origin.path).length),
  );
  const { key, suffix } = writtenItem;
  const name = placeName(hosts.get(key, '""'), chains);
  const parts = { name: 'l[0]', suffix, written: writtenItem.name };
  const longer = `(${rules.longerKeys(parts, 'l[1]', depths)} + [""])[0]`;
  const rest = `(l[1].endsWith("/") ? l[0].substring(size(l[1])) : "")`;
  const written = listOf(writtenItem, {
    ...writtenItem,
    key: 'l[0]',
    suffix: results.suffix('l[0]', suffix),
    name: `l[1] + ${results.shaped('l[2]', 'l[0]')}`,
  });
  const next = `[${name}].map(p, [p, ${mirror.deepestAbove('p', suffix)}])
.map(l, [l[0], ${longer}])
.map(l, l[1] == "" ? ["", "", ""] : [l[1], ${rules.valueOf('l[1]')}, ${rest}])
.map(l, l[1] == "" ? x : ${written})[0]`;
  const passes = Array.from(
    { length: chains.passes },
    (_, pass) =>
      `variables.${writtenName(pass)}.map(x, !${hosts.has(key)} ? x : ${next})\n${isWritable}`,
  );
  return { tables: hosts.variables, passes };
}

/** Writes the name of what was written as rules know it, from the host of the rule's destination. */
function placeName(host: string, { sources }: Chains): string {
  const path = `${writtenItem.name}.substring(${writtenItem.name}.indexOf("/"))`;
  if (!sources.some(({ destination }) => destination.host === dockerHub))
    return `${host} + ${path}`;
  const official = `(h == "${dockerHub}" && size(${writtenItem.name}.split("/")) == 3 ? "/${officialPrefix.slice(0, -1)}" : "")`;
  return `[${host}].map(h, h + ${official} + ${path})[0]`;
}
