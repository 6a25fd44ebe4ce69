import { describe, expect, test } from 'vitest';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { containerd } from '../containerd.ts';
import { defaultSettings, type TargetOptions } from '../contract/options.ts';
import type { Target } from '../contract/target.ts';
import { eks } from '../eks.ts';
import { nerdctl } from '../nerdctl.ts';
import { openshift } from '../openshift.ts';
import { registriesConf } from '../registries-conf.ts';
import { talos } from '../talos.ts';

/* Whom the programs ask is tested with them, in test/target. */

function compile(target: Target, rules: string, more: Partial<TargetOptions> & { file?: string }) {
  const { file = '', ...options } = more;
  const { ruleSet } = loadRules(`version: 1\nbypass: false\n${file}\nrules: [${rules}]`);
  const compiled = target.compile(ruleSet as RuleSet, { ...defaultSettings, ...options });
  return {
    text: compiled.documents.map(({ path, text }) => `--- ${path}\n${text}`).join(''),
    reported: compiled.diagnostics.map(({ message }) => message),
  };
}

const all = '{from: "*", deny: no}';

describe.each([containerd, nerdctl, eks])('$name refuses nothing by a rule', (target) => {
  test.each([
    ['a domain that is kept', '{from: "*.corp.example", keep: true}', '*.corp.example'],
    ['a domain that goes to a mirror', '{from: "*.gcr.io", to: m.example/gcr}', '*.gcr.io'],
    ['a part of a registry', '{from: quay.io/team, keep: true}', 'quay.io/team'],
    [
      'a registry for some namespaces',
      '{from: quay.io, keep: true, namespaces: {include: [dev]}}',
      'quay.io',
    ],
    ['a mirror by registry', '{from: "*.gcr.io", to: "m.example/${registry}"}', '*.gcr.io'],
  ])('for every other registry if it leaves out %s', (_, exception, name) => {
    const { text, reported } = compile(target, `${exception}, ${all}`, {});
    expect(text).not.toMatch(/denied|_default/);
    expect(reported).toContain(
      `"*": the target would refuse images of ${name} too, so it refuses none of these`,
    );
  });

  test('for a registry if it leaves out a part of it; other denials hold', () => {
    const rules = `{from: quay.io, deny: no}, {from: quay.io/team, keep: true}, ${all}`;
    const { text, reported } = compile(target, rules, {});
    expect(text).toMatch(/quay\.io\/hosts\.toml[^[]*# No mirror/);
    expect(text).toMatch(/_default\/hosts\.toml[^[]*denied\.invalid/);
    expect(reported).toEqual([
      '"quay.io": the target would refuse images of quay.io/team too, so it refuses none of these',
    ]);
  });

  test('for the registry of a mirror', () => {
    const rules = '{from: quay.io, to: m.example/q}, {from: m.example, deny: no}';
    const { text, reported } = compile(target, rules, {});
    expect(text).not.toContain('denied');
    expect(reported).toEqual([
      '"m.example": the target would refuse images of m.example/q too, so it refuses none of these',
    ]);
  });

  test.each(['namespaces: {include: [dev]}', 'skip: {owners: [Job]}'])(
    'for Pods that the file leaves alone: %s',
    (file) => {
      const { text, reported } = compile(target, all, { file });
      expect(text).not.toMatch(/denied|_default/);
      const [key] = file.split(':');
      expect(reported).toContain(
        `"*": a node does not know the Pods that ${key} leaves alone, so it refuses nothing`,
      );
    },
  );

  test('and refuses what is denied without an exception', () => {
    const rules = `{from: quay.io, keep: true}, {from: ghcr.io/team, deny: no}, {from: gcr.io, to: m.example}, ${all}`;
    const { text, reported } = compile(target, rules, {});
    expect(text).toContain('denied.invalid');
    expect(reported).toEqual([]);
  });
});

describe('registries refuses nothing by a rule', () => {
  test.each([
    ['{from: "*.gcr.io/team", keep: true}', '*.gcr.io/team'],
    ['{from: "*.gcr.io:5000", keep: true}', '*.gcr.io:5000'],
    ['{from: a.gcr.io, to: m.example/a}', 'a.gcr.io'],
    ['{from: eu.gcr.io, keep: true, namespaces: {include: [dev]}}', 'eu.gcr.io'],
  ])('with an exception that it leaves out: %s', (exception, name) => {
    const { text, reported } = compile(
      registriesConf,
      `${exception}, {from: "*.gcr.io", deny: no}`,
      {},
    );
    expect(text).toContain('prefix = "*.gcr.io"\n');
    expect(text).not.toContain('blocked');
    expect(reported).toContain(
      `"*.gcr.io": the target would refuse images of ${name} too, so it refuses none of these`,
    );
  });

  test('but by one with an exception that it can express', () => {
    const rules =
      '{from: eu.gcr.io, keep: true}, {from: quay.io/a, to: m.example/a}, {from: quay.io, deny: no}, {from: "*.gcr.io", deny: no}';
    const { text } = compile(registriesConf, rules, {});
    expect(text.match(/blocked = true/g)).toHaveLength(2);
  });
});

describe('mirror only', () => {
  const exception = '{from: quay.io/team, keep: true, namespaces: {include: [dev]}}';
  const rules = `${exception}, {from: quay.io, to: m.example/q}, {from: gcr.io, to: m.example/g}`;
  const only = { containerd: '[push]', talos: 'skipFallback: true', registries: 'blocked = true' };

  test.each([containerd, talos, registriesConf, openshift])(
    '$name still asks the origin of what the rules keep',
    (target) => {
      const mark = { ...only, openshift: 'NeverContactSource' }[target.name] as string;
      const { text, reported } = compile(target, rules, { mirrorOnly: true });
      const count = (found: string) => found.split(mark.replace('[push]', '["push"]')).length - 1;
      const forGcr = compile(target, '{from: gcr.io, to: m.example/g}', { mirrorOnly: true });
      expect(count(text)).toBe(count(forGcr.text));
      expect(count(text)).toBeGreaterThan(0);
      expect(reported).toContain(
        '"quay.io": the target cannot leave out quay.io/team, so it still asks the origin of these',
      );
    },
  );

  test('openshift still asks the origin of a part that it cannot keep', () => {
    const parts = '{from: quay.io, to: m.example/q}, {from: quay.io/team, keep: true}';
    const { text, reported } = compile(openshift, parts, { mirrorOnly: true });
    expect(text).not.toContain('NeverContactSource');
    expect(reported).toContain(
      '"quay.io": the target cannot leave out quay.io/team, so it still asks the origin of these',
    );
  });

  test('Pods that the file leaves alone are reported once', () => {
    const { text, reported } = compile(
      containerd,
      '{from: quay.io, to: m.example/q}, {from: gcr.io, to: m.example/g}',
      { mirrorOnly: true, file: 'namespaces: {include: [dev]}' },
    );
    expect(text).not.toContain('denied');
    expect(reported).toEqual([
      'namespaces: a node does not know the Pod that it pulls for',
      'mirror only: a node does not know the Pods that namespaces leaves alone, so it still asks the origin',
    ]);
  });
});
