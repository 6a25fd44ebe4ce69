import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { bottlerocket } from '../../src/target/bottlerocket.ts';
import { buildkit } from '../../src/target/buildkit.ts';
import { containerd } from '../../src/target/containerd.ts';
import type { Target } from '../../src/target/contract/target.ts';
import { eks } from '../../src/target/eks.ts';
import { registriesConf } from '../../src/target/registries-conf.ts';
import { fullRules } from '../support/full-rules.ts';
import { options } from './rig/compare.ts';

const documentsOf = (target: Target, rules = defaultRulesText) =>
  target.compile(loadRules(rules).ruleSet as RuleSet, options).documents;

/** Also names that need quoting: ports, IPv6. */
const odd = `${fullRules}  - from: "[2001:db8::1]:5000"
    to: "[2001:db8::2]:5000/six"
  - from: "[2001:db8::3]"
    deny: "no \\"six\\""
`;

function python(program: string, input: string): string {
  return execFileSync('python3', ['-c', program], { input, encoding: 'utf8' });
}

describe.each([containerd, registriesConf, bottlerocket, buildkit])('$name is TOML', (target) => {
  test.each([
    ['the embedded rules', defaultRulesText],
    ['all that a file can say', odd],
  ])('of %s', (_, rules) => {
    const keys = 'import sys, tomllib; print(list(tomllib.loads(sys.stdin.read())))';
    const settings = documentsOf(target, rules).filter(({ path }) => !path.endsWith('.crt'));
    for (const { text } of settings) {
      // A registry that is kept has a file of comments.
      const isEmpty = /^(#.*\n)*$/.test(text);
      expect(python(keys, text)).toMatch(isEmpty ? /^\[\]/ : /^\['\w+'/);
    }
  });
});

test('what cloud-init finds in the user data of eks writes the files of containerd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // cloud-init reads it with this library, and runs parts of this type.
  const parts =
    'import email, sys; [print(p.get_payload(), end="") for p in email.message_from_file(sys.stdin).walk() if p.get_content_type() == "text/x-shellscript"]';
  const script = python(parts, documentsOf(eks, fullRules)[0]?.text ?? '');
  expect(script).toMatch(/^#!\/bin\/bash\n/);
  writeFileSync(join(folder, 'script'), script.replaceAll('/etc/containerd', folder));
  mkdirSync(join(folder, 'certs.d'));
  execFileSync('bash', [join(folder, 'script')]);
  const files = documentsOf(containerd, fullRules);
  const written = readdirSync(join(folder, 'certs.d'), { recursive: true, encoding: 'utf8' });
  expect(written.filter((name) => name.includes('/'))).toHaveLength(files.length);
  for (const { path, text } of files) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
});
