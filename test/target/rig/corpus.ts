import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { loadRules } from '../../../src/rules/load.ts';
import type { Rule, RuleSet } from '../../../src/rules/rule-set.ts';

const registries = [
  'docker.io',
  'quay.io',
  'gcr.io',
  'a.gcr.io',
  'eu.gcr.io',
  'deep.eu.gcr.io',
  'registry.example:5000',
  'b_c.gcr.io', // no host to the grammar, and one to containerd
] as const;
const mirrors = ['mirror.example', 'other.example:8443'] as const;

/** Lists every host that can be asked; `d.e` is asked for names without a host before it. */
export const hosts = [
  ...registries,
  ...mirrors,
  'registry-1.docker.io',
  'index.docker.io',
  'd.e',
  'a.io',
  'deep.eu.io',
  'a.eu.gcr.io',
  'deep.eu.eu.gcr.io',
  'quay.eu.gcr.io',
  'quay.gcr.io',
  'a.example',
  'deep.eu.example',
  'quay.example',
  'b_c.io',
  'b_c.eu.gcr.io',
  'b_c.example',
  'bc.example',
] as const;

// One letter is too short a name for go-containerregistry.
const segment = fc.constantFrom('aa', 'ab', 'team', 'library', 'nginx', 'b-c', 'd.e', 'f_g');
const path = (minLength: number, maxLength: number) =>
  fc.array(segment, { minLength, maxLength }).map((segments) => segments.join('/'));
const join = (...parts: string[]) => parts.filter((part) => part !== '').join('/');

const from = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...registries), path(0, 3)) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom('*.gcr.io', '*.eu.gcr.io', '*.io', '*.example', '*.example:5000'),
      path(0, 1),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('*', ...mirrors), fc.constant('')) },
);
const to = fc
  .tuple(fc.constantFrom(...mirrors), path(0, 2), fc.constantFrom('', '', '', '${registry}'))
  .map((parts) => ({ to: join(...parts) }));
const action = fc.oneof(
  { weight: 8, arbitrary: to },
  { weight: 1, arbitrary: fc.constant({ keep: true }) },
  { weight: 1, arbitrary: fc.constant({ deny: 'no' }) },
);
const library = fc.constantFrom({}, { library: 'always' }, { library: 'never' });
const namespaces = fc.constantFrom({}, {}, {}, {}, {}, { namespaces: { include: ['dev'] } });

const rule = fc
  .tuple(from, action, library, namespaces)
  .map(([[host, below], ...rest]) => Object.assign({ from: join(host, below) }, ...rest));

/** Half of the images lie below something that a rule names. */
const name = fc.record({
  host: fc.constantFrom(
    '',
    '',
    'direct.to',
    'direct.to/quay.io',
    'direct.to/docker.io',
    ...registries,
    ...registries,
    ...mirrors,
  ),
  isRandom: fc.boolean(),
  rule: fc.nat(),
  isMirror: fc.integer({ min: 0, max: 3 }).map((die) => die === 0),
  label: fc.constantFrom('a', 'deep.eu', 'quay', 'b_c'),
  below: path(1, 4),
});
type Name = typeof name extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * Makes the rules files of a seed, each with images; their tags and digests are all different, so
 * that each request shows which image it is for.
 */
export function corpus(seed: number, files: number, imagesOfEach: number): Case[] {
  const rules = fc.uniqueArray(rule, {
    minLength: 1,
    maxLength: 12,
    selector: (each) => each.from,
  });
  const ruleSets = fc.sample(rules, { seed, numRuns: files });
  const names = fc.sample(name, { seed, numRuns: files * imagesOfEach });
  return ruleSets.flatMap((rules, file) => {
    const text = JSON.stringify({ version: 1, rules });
    // Some write the same `from` in two ways.
    const { ruleSet } = loadRules(text);
    if (ruleSet === undefined) return [];
    const images = names
      .slice(file * imagesOfEach, (file + 1) * imagesOfEach)
      .map((each, index) => imageOf(nameOf(each, ruleSet), `${file}-${index}`, index));
    return [{ text, ruleSet, images }];
  });
}

function nameOf(
  { host, isRandom, rule, isMirror, label, below }: Name,
  { rules }: RuleSet,
): string {
  const { from, destination } = rules[rule % rules.length] as Rule;
  if (isRandom) return join(host, below);
  if (isMirror && destination !== undefined)
    return join(destination.name.replace('${registry}', 'quay.io'), below);
  // With a port it would be a reference to nobody.
  const first = from.includes(':') ? label.replace('_', '') : label;
  return join(from === '*' ? `${label}.io` : from.replace('*', first), below);
}

/**
 * Case is a rules file with the images that are pulled under it, each with its tag or digest as
 * `object`.
 */
export interface Case {
  readonly text: string;
  readonly ruleSet: RuleSet;
  readonly images: readonly { image: string; object: string }[];
}

function imageOf(name: string, id: string, index: number) {
  if (index % 3 > 0) return { image: `${name}:t${id}`, object: `t${id}` };
  const digest = `sha256:${createHash('sha256').update(id).digest('hex')}`;
  return { image: `${name}@${digest}`, object: digest };
}
