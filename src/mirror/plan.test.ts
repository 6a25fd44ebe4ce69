import { describe, expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import { type Answer, Answers } from './answers.ts';
import type { Choice } from './choice.ts';
import { formatLocated, locate } from './located.ts';
import { planMirror } from './plan.ts';
import { wantedImages } from './wanted.ts';

const rules = `version: 1
rules:
- {from: docker.io, to: m.example/hub, library: always}
- {from: "docker.io/library/nginx:1.25", to: "m.example/patched/nginx:1.25-p3"}
- {from: [k8s.gcr.io, registry.k8s.io], to: m.example/k8s}
- {from: quay.io, to: m.example/all}
- {from: ghcr.io, to: m.example/all}
`;
const a = digestOf('a');
const b = digestOf('b');

function digestOf(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

/** What both sides say: a digest, `missing`, or an error. */
type Said = Readonly<Record<string, string>>;

function plan(images: readonly string[], mirror: Said, origin: Said) {
  const { ruleSet } = loadRules(rules);
  if (ruleSet === undefined) throw new Error('the rules are broken');
  const listed = images.map((image, index) => ({
    image,
    isRepository: false,
    place: `l:${index + 1}`,
  }));
  const answers = new Answers();
  for (const [side, said] of [
    ['mirror', mirror],
    ['origin', origin],
  ] as const) {
    for (const [image, text] of Object.entries(said)) {
      const located = locate(image);
      if (located !== undefined) answers.set(side, located, answerOf(text));
    }
  }
  return planMirror(wantedImages(listed, ruleSet), answers, new Date()).images.map((one) => ({
    is: `${one.action}: ${one.why}`,
    from: one.origins.map(formatLocated),
    message: one.message,
  }));
}

function answerOf(text: string): Answer {
  if (text === 'missing') return { state: 'missing' };
  if (text.startsWith('sha256:')) return { state: 'there', digest: text, isIndex: false };
  return { state: 'failed', error: new Error(text) };
}

const redis = 'docker.io/library/redis:7';

describe('one image', () => {
  test.each([
    ['copy: missing', 'missing', {}],
    ['copy: missing', 'missing', { [redis]: a }],
    ['copy: changed', a, { [redis]: b }],
    ['nothing: equal', a, { [redis]: a }],
    ['impossible: no-origin', a, { [redis]: 'missing' }],
    ['impossible: no-origin', 'missing', { [redis]: 'missing' }],
    ['impossible: failed', a, { [redis]: 'a login is needed' }],
    ['impossible: failed', 'cannot be reached', { [redis]: a }],
  ])('%s, if the mirror has %s and the origin %j', (is, mirror, origin) => {
    const images = plan(['redis:7'], { 'm.example/hub/library/redis:7': mirror }, origin);
    expect(images).toMatchObject([{ is }]);
  });

  test('that is listed by its digest needs no question to its origin', () => {
    const image = `redis@${a}`;
    const at = `m.example/hub/library/redis@${a}`;
    expect(plan([image], { [at]: a }, {})).toMatchObject([{ is: 'nothing: equal' }]);
    expect(plan([image], { [at]: 'missing' }, {})).toMatchObject([{ is: 'copy: missing' }]);
  });

  test('what is wrong is said with its name', () => {
    const mirror = { 'm.example/hub/library/redis:7': 'missing' };
    expect(plan(['redis:7'], mirror, { [redis]: 'missing' })[0]?.message).toBe(
      'there is no docker.io/library/redis:7: check the name and the tag',
    );
    expect(plan(['redis:7'], mirror, { [redis]: 'a login is needed' })[0]?.message).toBe(
      'a login is needed',
    );
  });
});

describe('the names of one list', () => {
  const mirror = { 'm.example/k8s/pause:3': 'missing' };
  const both = ['k8s.gcr.io/pause:3', 'registry.k8s.io/pause:3'] as const;

  test.each([
    ['missing', a, [both[1]]],
    ['it is down', a, [both[1]]],
    [a, b, [both[0], both[1]]],
  ])('if the first one says %s, %s is copied from %j', (first, second, from) => {
    const images = plan([both[0]], mirror, { [both[0]]: first, [both[1]]: second });
    expect(images).toMatchObject([{ is: 'copy: missing', from }]);
  });

  test('if none has the image, all are named', () => {
    const origin = { [both[0]]: 'missing', [both[1]]: 'missing' };
    expect(plan([both[0]], mirror, origin)[0]?.message).toContain(both.join(' or '));
  });
});

describe('two images with one name', () => {
  const listed = ['quay.io/a/b:1', 'ghcr.io/a/b:1'];
  const mirror = { 'm.example/all/a/b:1': 'missing' };

  test('are copied once if they are equal', () => {
    const images = plan(listed, mirror, { 'quay.io/a/b:1': a, 'ghcr.io/a/b:1': a });
    expect(images).toMatchObject([{ is: 'copy: missing', from: ['quay.io/a/b:1'] }]);
  });

  test('are not compared if a registry does not answer, which is the reason', () => {
    const origin = { 'quay.io/a/b:1': a, 'ghcr.io/a/b:1': 'ghcr.io is down' };
    const images = plan(listed, mirror, origin);
    expect(images).toMatchObject([{ is: 'impossible: failed', message: 'ghcr.io is down' }]);
  });

  test.each([b, 'missing'])(
    'are not copied if the second one is %s, and both are named',
    (second) => {
      const [image] = plan(listed, mirror, { 'quay.io/a/b:1': a, 'ghcr.io/a/b:1': second });
      expect(image?.is).toBe('impossible: same-name');
      expect(image?.message).toContain(`quay.io/a/b:1 (l:1, ${a})`);
      expect(image?.message).toContain('ghcr.io/a/b:1 (l:2, ');
    },
  );

  test('are not copied either if one of them is at the mirror', () => {
    const origin = { 'quay.io/a/b:1': a, 'ghcr.io/a/b:1': b };
    const images = plan(listed, { 'm.example/all/a/b:1': a }, origin);
    expect(images).toMatchObject([{ is: 'impossible: same-name' }]);
  });
});

describe('an image that somebody made', () => {
  const at = 'm.example/patched/nginx:1.25-p3';

  test('is left alone', () => {
    const origin = { 'docker.io/library/nginx:1.25': b };
    expect(plan(['nginx:1.25'], { [at]: a }, origin)).toMatchObject([
      { is: 'nothing: left-alone' },
    ]);
  });

  test('is missed, with the line of its rule', () => {
    const [image] = plan(['nginx:1.25'], { [at]: 'missing' }, {});
    expect(image?.is).toBe('impossible: not-made');
    expect(image?.message).toBe(
      `the rule in line 4 names ${at}, an image of your own, which the mirror lacks: push it`,
    );
  });
});

describe('a tag that the mirror has with another digest', () => {
  const now = new Date('2026-11-27T12:00:00Z');
  const tenDays = 864_000_000;

  /** Plans `redis:7` with a choice, if its source changed so many days ago. */
  function whyOf(choice: Choice, mirror: Answer, days?: number) {
    const { ruleSet } = loadRules(rules);
    const listed = { image: 'redis:7', isRepository: false, place: 'l:1', choice };
    const wishes = wantedImages([listed], ruleSet ?? expect.unreachable());
    const [wanted] = wishes.wanted;
    const origin = wanted?.sources[0]?.origins[0];
    if (wanted === undefined || origin === undefined) return expect.unreachable();
    const answers = new Answers();
    answers.set('mirror', wanted.destination, mirror);
    const updated = days === undefined ? undefined : now.getTime() - days * 86_400_000;
    answers.set('origin', origin, { state: 'there', digest: b, isIndex: false, updated });
    const [planned] = planMirror(wishes, answers, now).images;
    return `${planned?.action}: ${planned?.why}`;
  }

  const there: Answer = { state: 'there', digest: a, isIndex: false };

  test.each<[string, Choice, Answer, number?]>([
    ['copy: changed', { overwrite: 'always' }, there],
    ['nothing: stands', { overwrite: 'never' }, there],
    ['nothing: stands', { overwrite: 'never' }, { state: 'stands' }],
    ['copy: missing', { overwrite: 'never' }, { state: 'missing' }],
    ['nothing: immutable', { immutable: ['7*'] }, { state: 'stands' }],
    ['copy: missing', { immutable: ['7*'] }, { state: 'missing' }],
    ['copy: changed', { immutable: ['6*'] }, there],
    ['copy: changed', { overwrite: { within: tenDays } }, there, 10],
    ['nothing: older-change', { overwrite: { within: tenDays } }, there, 10.001],
    ['nothing: undated-change', { overwrite: { within: tenDays } }, there],
    ['copy: missing', { overwrite: { within: tenDays } }, { state: 'missing' }, 90],
  ])('%s, with %j, if the mirror says %j, after %j days', (is, choice, mirror, days) => {
    expect(whyOf(choice, mirror, days)).toBe(is);
  });
});
