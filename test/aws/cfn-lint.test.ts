import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { pythonTools } from '../rig/lambda/tools.ts';
import { runDetour } from '../support/run-detour.ts';

const folder = mkdtempSync(join(tmpdir(), 'detour-cfn-lint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const everywhere = ['us-east-1', 'cn-north-1', 'cn-northwest-1'];

test.each([
  ['webhook/api-gateway.yaml', everywhere],
  ['webhook/sam/template.yaml', everywhere],
  // China has no function URLs.
  ['webhook/sam/function-url.yaml', ['us-east-1', 'eu-central-1']],
  ['deploy/codebuild.yaml', [...everywhere, 'eu-west-1']],
])('cfn-lint finds nothing in %s', (template, regions) => {
  const args = ['--include-checks', 'I', '--regions', ...regions, '--template', template];
  const program = join(pythonTools(), 'cfn-lint');
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

test.each([
  ['cloudformation', everywhere],
  ['sam', everywhere],
])('cfn-lint finds nothing in what detour compile %s prints', async (target, regions) => {
  const file = join(folder, `${target}.yaml`);
  const rules = join(folder, 'detour.yaml');
  writeFileSync(rules, 'version: 1\nrules:\n  - {from: quay.io, to: mirror.example.com/quay}\n');
  const { code, stdout } = await runDetour(['--rules', rules, 'compile', target]);
  expect(code).toBe(0);
  writeFileSync(file, stdout);
  const args = ['--include-checks', 'I', '--regions', ...regions, '--template', file];
  const lint = spawnSync(join(pythonTools(), 'cfn-lint'), args, { encoding: 'utf8' });
  expect([lint.stdout, lint.stderr]).toEqual(['', '']);
});

test('it would find what a region does not have', () => {
  const args = ['--regions', 'cn-northwest-1', '--template', 'webhook/sam/function-url.yaml'];
  const { stdout } = spawnSync(join(pythonTools(), 'cfn-lint'), args, { encoding: 'utf8' });
  expect(stdout).toContain('AWS::Lambda::Url');
});
