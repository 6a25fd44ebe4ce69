import { describe, expect, test } from 'vitest';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { targets } from '../all.ts';
import { containerd } from '../containerd.ts';
import { defaultSettings, type TargetOptions } from '../contract/options.ts';
import type { Target } from '../contract/target.ts';
import { k3s } from '../k3s.ts';
import { openshift } from '../openshift.ts';
import { registriesConf } from '../registries-conf.ts';
import { talos } from '../talos.ts';

/*
 * Rules for one image, with a path, and below a destination: on nodes. Whom the programs ask is
 * tested with them, in test/target.
 */

function compile(target: Target, rules: string, options: Partial<TargetOptions> = {}) {
  const { ruleSet } = loadRules(`version: 1\nbypass: false\nrules: [${rules}]`);
  const compiled = target.compile(ruleSet as RuleSet, { ...defaultSettings, ...options });
  return {
    text: compiled.documents.map(({ path, text }) => `--- ${path}\n${text}`).join(''),
    problems: compiled.diagnostics
      .filter(({ code, severity }) => code === 'not-expressible' && severity === 'warning')
      .map(({ message }) => message),
    notes: compiled.diagnostics
      .filter(({ severity }) => severity === 'note')
      .map(({ message }) => message),
  };
}

const byHost = [containerd, talos, k3s, registriesConf, openshift];
const byPrefix = [registriesConf, openshift];
const quay = '{from: quay.io, to: m.example/q}';
const nodes = targets.filter(
  ({ abilities, name }) =>
    abilities.namespaces === 'no' &&
    name !== 'docker' &&
    name !== 'kustomize' &&
    name !== 'gatekeeper',
);

describe.each(nodes)('$name reports', (target) => {
  test.each([
    ['{from: "quay.io/app:1", to: "m.example/app:2"}', 'quay.io/app:1'],
    ['{from: "quay.io/app:1", keep: true}', 'quay.io/app:1'],
    ['{from: "quay.io/app:1", deny: no}', 'quay.io/app:1'],
  ])('a rule for one image: %s', (rule, from) => {
    expect(compile(target, `${quay}, ${rule}`).problems).toEqual([
      `"${from}": a node asks a mirror for each tag and digest of a repository`,
    ]);
  });

  test.each(['last', 'joined'])('path: %s', (path) => {
    expect(compile(target, `{from: quay.io, to: m.example/q, path: ${path}}`).problems).toEqual([
      '"quay.io": a node asks a mirror for the repository as it is',
    ]);
  });

  test('${registry} as a part of a segment below a wildcard, and nothing if the host is named', () => {
    const named = '{from: quay.io, to: "m.example/mirror-${registry}"}';
    const { problems, text } = compile(
      target,
      `${named}, {from: "*.gcr.io", to: "m.example/a-\${registry}"}`,
    );
    expect(problems).toEqual([
      '"*.gcr.io": a node cannot put the image\'s registry into the mirror\'s path',
    ]);
    expect(text).toContain('m.example/');
    expect(text).toContain('mirror-quay.io');
  });

  test('that a rule below a destination is not applied to what goes there', () => {
    const longer = '{from: m.example/q/oauth2-proxy, to: m.example/o}';
    expect(compile(target, `${quay}, ${longer}`).problems).toContain(
      '"m.example/q/oauth2-proxy": a node does not apply it to the images that "quay.io" sends there',
    );
  });

  test('nothing of a rule that keeps what is below a destination', () => {
    expect(compile(target, `${quay}, {from: m.example/q/app, keep: true}`).problems).toEqual([]);
  });
});

describe.each(byPrefix)('$name', (target) => {
  test('applies a rule below a destination to images that are written so', () => {
    const { text } = compile(target, `${quay}, {from: m.example/q/app, to: z.example/app}`);
    expect(text).toContain('m.example/q/app');
    expect(text).toContain('z.example/app');
  });

  test('keeps no more of a repository than the one image that a rule writes', () => {
    const rules =
      '{from: "quay.io/app:1", to: "m.example/app:2"}, {from: m.example, to: z.example/m}';
    const { text, problems } = compile(target, rules);
    expect(text).not.toMatch(/m\.example\/app/);
    expect(problems).toContain(
      '"quay.io/app:1": images that name its mirror are taken for those of "m.example"',
    );
  });

  test('takes no other part of a mirror for one by registry', () => {
    const rules =
      '{from: "*.gcr.io", to: "m.example/x/a-${registry}"}, {from: m.example, to: z.example/m}';
    const { text, problems } = compile(target, rules);
    expect(text).not.toMatch(/m\.example\/x/);
    expect(problems).toContain(
      '"*.gcr.io": images that name its mirror are taken for those of "m.example"',
    );
  });
});

test('k3s does not rewrite parts of a registry that go elsewhere in it', () => {
  const rules =
    '{from: m.example/a, to: m.example/b}, {from: "*", to: m.example/all, library: always}';
  const { text, problems } = compile(k3s, rules);
  expect(text).not.toContain('a(/');
  expect(problems).toContain('"m.example/a": the target sends all of a registry to one mirror');
  const hub = compile(k3s, '{from: docker.io, to: docker.io/mirror, library: never}');
  expect(hub.text).not.toContain('rewrite');
  expect(hub.problems).toContainEqual(expect.stringContaining('cannot drop library/'));
});

describe('registries refuses nothing', () => {
  const deny = '{from: quay.io/app, deny: no}';
  test.each([
    ['of a repository of which one image is kept', '{from: "quay.io/app:1", keep: true}', deny],
    [
      'of a repository of which one image is mirrored',
      '{from: "quay.io/app:1", to: m.example/app}',
      deny,
    ],
    [
      'of a registry of which one image is kept',
      '{from: "quay.io/app:1", keep: true}',
      '{from: quay.io, deny: no}',
    ],
    [
      'of official images of which one is kept',
      '{from: "docker.io/nginx:1", keep: true}',
      '{from: docker.io/library/nginx, deny: no}',
    ],
    [
      'of a registry where a rule writes one image',
      '{from: "gcr.io/app:1", to: "quay.io/app:2"}',
      '{from: quay.io, deny: no}',
    ],
    [
      'of a registry where one mirror for each registry is',
      '{from: "*.gcr.io", to: "quay.io/a-${registry}"}',
      '{from: quay.io, deny: no}',
    ],
    [
      'of a part of a registry with path: last',
      '{from: quay.io/app/x, to: m.example, path: last}',
      deny,
    ],
  ])('%s', (_, exception, denial) => {
    const { text, problems } = compile(registriesConf, `${exception}, ${denial}`);
    expect(text).not.toContain('blocked');
    expect(problems).toContainEqual(
      expect.stringMatching(
        /the target would refuse images of .* too, so it refuses none of these$/,
      ),
    );
  });

  test('but what is denied with one image', () => {
    const { text } = compile(registriesConf, `{from: "quay.io/app:1", deny: no}, ${deny}`);
    expect(text).toContain('blocked');
  });
});

describe('containerd refuses nothing', () => {
  test.each([
    [
      'of a registry of which one image is kept',
      '{from: "quay.io/app:1", keep: true}',
      '{from: quay.io, deny: no}',
    ],
    [
      'of every other registry if one image is kept',
      '{from: "quay.io/app:1", keep: true}',
      '{from: "*", deny: no}',
    ],
    [
      'of a registry with path: joined',
      '{from: quay.io, to: m.example, path: joined}',
      '{from: "*", deny: no}',
    ],
    [
      'of a registry where a rule writes one image',
      '{from: "gcr.io/app:1", to: "quay.io/app:2"}, {from: gcr.io, keep: true}',
      '{from: quay.io, deny: no}',
    ],
  ])('%s', (_, exception, denial) => {
    const { text, problems } = compile(containerd, `${exception}, ${denial}`);
    expect(text).not.toContain('denied');
    expect(problems).toContainEqual(expect.stringContaining('so it refuses none of these'));
  });
});

test.each(byHost)('$name notes that docker.io/app as a mirror is not library/app', (target) => {
  expect(compile(target, '{from: quay.io, to: docker.io}').notes).toContain(
    '"quay.io": names of one segment are official there, and the target cannot add library/ to them',
  );
  expect(compile(target, '{from: quay.io, to: docker.io/org}').notes).not.toContainEqual(
    expect.stringContaining('official'),
  );
});

test('mirror only still asks the origin of what is handled as another rule', () => {
  const rules =
    '{from: "*", to: m.example, library: always}, {from: "*.gcr.io", to: m.example}, {from: quay.io, keep: true, namespaces: {include: [dev]}}';
  const { problems } = compile(containerd, rules, { mirrorOnly: true });
  expect(problems).toContain(
    '"*.gcr.io": the target handles it as "*", so it still asks the origin of these',
  );
  expect(compile(containerd, rules).problems.join()).not.toContain('still asks');
});

test('mirror only still asks the origin of a repository of which one image is kept', () => {
  const rules = `${quay}, {from: quay.io/app, to: m.example/app}, {from: "quay.io/app:1", keep: true}`;
  const { text, problems } = compile(registriesConf, rules, { mirrorOnly: true });
  expect(text).toMatch(/prefix = "quay\.io\/app"\nlocation = "quay\.io\/app"\n\[\[/);
  expect(problems).toContain(
    '"quay.io/app": the target cannot leave out quay.io/app:1, so it still asks the origin of these',
  );
});
