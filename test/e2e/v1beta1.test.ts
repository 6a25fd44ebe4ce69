import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reviewAdmission } from '../../src/admission/review.ts';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { fixtures, readFixture } from '../support/lambda-events.ts';
import { runWebhookCommand } from './rig/registration.ts';

/*
 * No kube-apiserver that still serves v1beta1 can be built from its module. The published types of 1.15, the first
 * release with every field that we write, and of 1.21, the last with v1beta1, say what such a server reads.
 */

const source = join(import.meta.dirname, 'v1beta1', 'main.go');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-detour');

function buildReader(version: string): string {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const program = join(cache, `v1beta1-${version}-${hash}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, '.building-'));
  try {
    copyFileSync(source, join(work, 'main.go'));
    const modules = [`k8s.io/api ${version}`, `k8s.io/apimachinery ${version}`];
    const required = [...modules, 'sigs.k8s.io/yaml v1.2.0'].join('\n');
    writeFileSync(
      join(work, 'go.mod'),
      `module image-detour.test/v1beta1\ngo 1.21\nrequire (\n${required}\n)\n`,
    );
    const env = { ...process.env, GOFLAGS: '-mod=mod', GOWORK: 'off', CGO_ENABLED: '0' };
    execFileSync('go', ['build', '-o', 'reader', '.'], { cwd: work, env });
    renameSync(join(work, 'reader'), program);
  } finally {
    rmSync(work, { recursive: true });
  }
  return program;
}

describe.each(['v0.15.12', 'v0.21.14'])('the types of k8s.io/api %s', (version) => {
  const read = (kind: string, text: string) =>
    spawnSync(buildReader(version), [kind], { input: text, encoding: 'utf8' }).stderr;

  test('accept webhook/mutating-webhook-v1beta1.yaml', () => {
    const text = readFileSync('webhook/mutating-webhook-v1beta1.yaml', 'utf8');
    expect(text).toContain('apiVersion: admissionregistration.k8s.io/v1beta1\n');
    expect(read('MutatingWebhookConfiguration', text)).toBe('');
  });

  test.each(['1.9', '1.12', '1.13', '1.14', '1.15'])(
    'accept what is printed for %s',
    (kubernetes) => {
      const args = ['--service', 'image-detour/image-detour', '--kubernetes', kubernetes];
      const text = runWebhookCommand([...args, '--ca-bundle', 'test/e2e/v1beta1/ca.pem']);
      expect(read('MutatingWebhookConfiguration', text)).toBe('');
    },
  );

  test('refuse what is printed for 1.36', () => {
    const text = readFileSync('webhook/mutating-webhook.yaml', 'utf8');
    expect(read('MutatingWebhookConfiguration', text)).toContain('unknown field');
  });

  const { ruleSet } = loadRules(defaultRulesText);
  const reviews = fixtures
    .map((name) => [name, readFixture(name)] as const)
    .filter(([, body]) => body.includes('admission.k8s.io/v1beta1'));

  test.each(reviews)('accept the answer to %s', (_, body) => {
    const answer = reviewAdmission(body, ruleSet as RuleSet);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).apiVersion).toBe('admission.k8s.io/v1beta1');
    expect(read('AdmissionReview', answer.body)).toBe('');
  });
});
