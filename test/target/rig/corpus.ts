import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { loadRules } from '../../../src/rules/load.ts';
import type { Rule, RuleSet } from '../../../src/rules/rule-set.ts';
import { splitSuffix } from '../../../src/rules/suffix.ts';

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
  { weight: 1, arbitrary: fc.tuple(fc.constant('*'), fc.constant('')) },
  // Below a destination, above one, or one.
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...mirrors), path(0, 2)) },
);
const variable = fc.constantFrom('', '', '', '', '', '', '${registry}', 'm-${registry}');
const to = fc
  .tuple(fc.constantFrom(...mirrors, ...mirrors, 'docker.io'), path(0, 2), variable)
  .map((parts) => ({ to: join(...parts) }));
const action = fc.oneof(
  { weight: 8, arbitrary: to },
  { weight: 1, arbitrary: fc.constant({ keep: true }) },
  { weight: 1, arbitrary: fc.constant({ deny: 'no' }) },
);
const library = fc.constantFrom({}, { library: 'always' }, { library: 'never' });
const namespaces = fc.constantFrom({}, {}, {}, {}, {}, { namespaces: { include: ['dev'] } });

const shape = fc.oneof(
  { weight: 10, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constantFrom({ path: 'last' }, { path: 'joined' }) },
);
/** Whether a rule is for one image, and whether it writes one. */
const ending = fc.oneof(
  { weight: 7, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('tag', 'digest') },
);
const writtenEnding = fc.constantFrom('', 'tag');

const rule = fc
  .record({ from, action, library, namespaces, shape, ending, writtenEnding })
  .map(({ from: [host, below], action, library, namespaces, shape, ...endings }) => ({
    rule: { from: join(host, below), ...action, ...library, ...namespaces, ...shape },
    ...(below === '' || host === '*' ? {} : endings),
  }));
type Drawn = typeof rule extends fc.Arbitrary<infer Value> ? Value : never;

const plainHosts = fc.subarray([...registries, ...mirrors], { maxLength: 3 });

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
    selector: (each) => each.rule.from,
  });
  const ruleSets = fc.sample(rules, { seed, numRuns: files });
  const plain = fc.sample(plainHosts, { seed, numRuns: files });
  const names = fc.sample(name, { seed, numRuns: files * imagesOfEach });
  return ruleSets.flatMap((drawn, file) => {
    const rules = drawn.map((each, index) => withEndings(each, `${file}-r${index}`));
    const withoutTls = plain[file]?.map((host) => [host, { plainHttp: true }]) ?? [];
    const text = JSON.stringify({ version: 1, registries: Object.fromEntries(withoutTls), rules });
    // Some write the same `from` in two ways.
    const { ruleSet } = loadRules(text);
    if (ruleSet === undefined) return [];
    const used = new Set<string>();
    const images = names
      .slice(file * imagesOfEach, (file + 1) * imagesOfEach)
      .map((each, index) => imageOf(nameOf(each, ruleSet, used), `${file}-${index}`, index));
    return [{ text, ruleSet, images }];
  });
}

/** Gives a rule for one image a tag or digest that no other rule has. */
function withEndings({ rule, ending = '', writtenEnding = '' }: Drawn, id: string) {
  if (ending === '') return rule;
  const from = rule.from + endingOf(ending, id);
  const { to } = rule as { to?: string };
  const written = to?.includes('/') ? { to: to + endingOf(writtenEnding, `${id}w`) } : {};
  return { ...rule, from, ...written };
}

function endingOf(kind: string, id: string): string {
  if (kind === '') return '';
  return kind === 'tag' ? `:t${id}` : `@${digestOf(id)}`;
}

/** Returns a name for an image; one that a rule has for a single image only once, with its tag. */
function nameOf(
  { host, isRandom, rule, isMirror, label, below }: Name,
  { rules }: RuleSet,
  used: Set<string>,
): string {
  const { from, origin, destination } = rules[rule % rules.length] as Rule;
  if (isRandom) return join(host, below);
  const isThere = isMirror && destination !== undefined;
  const given = isThere ? destination.name.replace('${registry}', 'quay.io') : from;
  const { name, suffix } = splitSuffix(isThere ? given + destination.suffix : given);
  // With a port it would be a reference to nobody.
  const first = origin.host.includes(':') ? label.replace('_', '') : label;
  const whole = name === '*' ? `${label}.io` : name.replace('*', first);
  if (suffix === '') return join(whole, below);
  if (used.has(suffix)) return rule % 2 === 0 ? whole : join(whole, below);
  used.add(suffix);
  return whole + suffix;
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
  const { suffix } = splitSuffix(name);
  if (suffix !== '') return { image: name, object: suffix.slice(1) };
  if (index % 3 > 0) return { image: `${name}:t${id}`, object: `t${id}` };
  const digest = digestOf(id);
  return { image: `${name}@${digest}`, object: digest };
}

function digestOf(id: string): string {
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}
