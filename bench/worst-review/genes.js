/*
 * What a candidate is made of: numbers and choices, each within its bounds. A search changes some
 * of them at a time and keeps what costs more.
 */

/** Whole numbers from 0 to a bound, drawn so that small and large ones are equally likely. */
const counts = {
  // the body
  containers: 20_000,
  initContainers: 10_000,
  volumes: 10_000,
  nameLength: 300,
  hostLabels: 10_000,
  segments: 130,
  segmentLength: 250,
  tagLength: 130,
  pullSecrets: 5_000,
  owners: 20_000,
  kindLength: 100_000,
  labels: 20_000,
  labelLength: 100_000,
  markEntries: 60_000,
  keptNames: 100_000,
  originals: 60_000,
  annotations: 30_000,
  fillerLength: 2_000_000,
  fillerCount: 200,
  depth: 9_000,
  // the rules
  wildcards: 130,
  namedHosts: 200,
  pathRules: 130,
  targetDepth: 110,
  ruleSecrets: 300,
  globs: 500,
  globStars: 20,
  skipOwners: 300,
  skipLabels: 300,
  denyLength: 5_000,
};

const choices = {
  operation: ['CREATE', 'UPDATE'],
  oldObject: ['none', 'same', 'other'],
  prefix: ['', 'direct.to/', 'direct.to/direct.to/'],
  host: [
    '',
    'docker.io/',
    'gcr.io/',
    'long',
    'upper',
    'm.example/',
    '[::1]:5000/',
    'under_score.io/',
  ],
  label: ['a', 'ab', 'xn--'],
  segment: ['a', 'library', 'a-', 'a__a', '/'],
  distinct: [true, false],
  digest: ['', 'good', 'bad'],
  filler: [
    'ascii',
    'quote',
    'backslash',
    'latin',
    'astral',
    'space',
    'numbers',
    'lists',
    'keys',
    'escapedKeys',
  ],
  fillerPlace: ['env', 'annotation', 'status', 'metadata'],
  wildcardTo: ['plain', 'registry', 'deny', 'keep'],
  annotate: [true, false],
  warn: [true, false],
  exits: ['all', 'none'],
  deny: [true, false],
  any: [true, false],
  bypass: ['direct.to', false],
  namespaceFilters: ['none', 'file', 'rules', 'both'],
  library: ['as-written', 'always', 'never'],
};

/**
 * Returns a random candidate in which most things are absent: what costs most is rarely a bit of
 * everything.
 */
export function randomGenes(random) {
  const genes = {};
  for (const [name, bound] of Object.entries(counts)) {
    genes[name] = random() < 0.6 ? 0 : drawCount(random, bound);
  }
  for (const [name, values] of Object.entries(choices)) genes[name] = pick(random, values);
  return genes;
}

/**
 * Returns a copy with one to three genes drawn again, doubled, halved, or taken from another
 * candidate.
 */
export function mutate(genes, other, random) {
  const copy = { ...genes };
  const names = [...Object.keys(counts), ...Object.keys(choices)];
  for (let times = 1 + Math.floor(random() * 3); times > 0; times--) {
    const name = pick(random, names);
    if (random() < 0.25) copy[name] = other[name];
    else if (name in choices) copy[name] = pick(random, choices[name]);
    else copy[name] = changeCount(copy[name], counts[name], random);
  }
  return copy;
}

function changeCount(value, bound, random) {
  const step = random();
  if (step < 0.3) return Math.min(bound, value * 2 + 1);
  if (step < 0.6) return Math.floor(value / 2);
  return step < 0.8 ? 0 : drawCount(random, bound);
}

function drawCount(random, bound) {
  return Math.floor(Math.exp(random() * Math.log(bound + 1)));
}

function pick(random, values) {
  return values[Math.floor(random() * values.length)];
}
