/**
 * What a decision costs: with the embedded rules, with 10 and 100,000 rules, and on hostile
 * references. One core, no network, nothing cached: every reference is a new string.
 */
import { decide, defaultRulesText, loadRules, parseReference } from '../dist/index.js';
import { compileRules } from '../dist/rules/compile.js';

const rounds = 5;
const count = 200_000;
const context = { namespace: 'default' };
const sha = `sha256:${'0123456789abcdef'.repeat(4)}`;

console.log('| what | median | min–max |\n|---|---|---|');
reportDefault();
reportRuleCount();
reportHostile();

function reportDefault() {
  const { ruleSet } = loadRules(defaultRulesText);
  const forms = [
    (n) => `k8s.gcr.io/coredns:1.3.${n}`,
    (n) => `busybox:${n}`,
    (n) => `quay.io/org${n}/app:v1`,
    (n) => `gcr.io/google-containers/pause-${n}:3.1`,
    (n) => `asia.gcr.io/p/app${n}@${sha}`,
    (n) => `docker.elastic.co/elasticsearch/elasticsearch:${n}`,
    (n) => `direct.to/busybox:${n}`,
  ];
  const images = distinct((n) => forms[n % forms.length](n));
  const rates = measure(() => decideAll(images, ruleSet)).map(
    (seconds) => images.length / seconds / 1e6,
  );
  row('decisions, embedded rules, million/s', rates);
}

function reportRuleCount() {
  const few = ruleSetOf(10);
  const many = ruleSetOf(100_000);
  const ofTen = distinct((n) => `registry.example/team-${n % 10}/app:${n}`);
  const ofAll = distinct((n) => `registry.example/team-${(n * 7919) % 100_000}/app:${n}`);
  /** @type {Record<'few' | 'many' | 'scattered', number[]>} */
  const samples = { few: [], many: [], scattered: [] };
  // Interleaved: what else the machine does then hits all alike.
  for (let round = 0; round < rounds; round++) {
    samples.few.push(...measure(() => decideAll(ofTen, few), 1));
    samples.many.push(...measure(() => decideAll(ofTen, many), 1));
    samples.scattered.push(...measure(() => decideAll(ofAll, many), 1));
  }
  const ratio = (of) => of.map((seconds, round) => seconds / samples.few[round]);
  row('decision with 10 rules, ns', samples.few.map(toNanoseconds));
  row('the same images with 100,000 rules, ns', samples.many.map(toNanoseconds));
  row('ratio', ratio(samples.many));
  // No longer the search but the processor's cache: nothing of a rule is in it when its turn comes.
  row('images of 100,000 rules in turn, ns', samples.scattered.map(toNanoseconds));
  row('ratio', ratio(samples.scattered));
}

function toNanoseconds(seconds) {
  return (seconds / count) * 1e9;
}

/** Rules for so many repositories of one registry. */
function ruleSetOf(rules) {
  const entries = Array.from({ length: rules }, (_, n) => ({
    from: `registry.example/team-${n}`,
    to: `m.io/${n}`,
  }));
  return compileRules({ version: 1, rules: entries }).ruleSet;
}

function reportHostile() {
  const pieces = [
    'a',
    'a/',
    'a-',
    'a_',
    'a.',
    'a:',
    'a@',
    '[',
    ':',
    '/',
    'A',
    'a__',
    '0/',
    '.a',
    '@sha256:',
    'é',
  ];
  const ends = ['', '!', '/', ':', '@', '-'];
  for (const { label, size } of [
    { label: '64 KiB', size: 65_536 },
    { label: '1 MB', size: 1_000_000 },
  ]) {
    const texts = pieces.flatMap((piece) =>
      ends.map((end) => flat(piece.repeat(size / piece.length) + end)),
    );
    const worst = measure(() => Math.max(...texts.map(timeOf)), rounds, true);
    row(`worst of ${texts.length} hostile references of ${label}, ms`, worst);
  }
}

function timeOf(text) {
  const start = performance.now();
  parseReference(text);
  return performance.now() - start;
}

function decideAll(images, ruleSet) {
  let length = 0;
  for (const image of images) length += decide(image, ruleSet, context).image.length;
  return length;
}

function distinct(make) {
  return Array.from({ length: count }, (_, n) => flat(make(n)));
}

/** A string in one piece, as it comes out of a parser. */
function flat(text) {
  return Buffer.from(text).toString();
}

/** Seconds that `run` took each time, after one run to warm up; or what it gave, with `asGiven`. */
function measure(run, times = rounds, asGiven = false) {
  run();
  return Array.from({ length: times }, () => {
    const start = performance.now();
    const result = run();
    return asGiven ? result : (performance.now() - start) / 1000;
  });
}

function row(what, samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const show = (value) => value.toPrecision(3);
  console.log(
    `| ${what} | ${show(sorted[sorted.length >> 1])} | ${show(sorted[0])}–${show(sorted.at(-1))} |`,
  );
}
