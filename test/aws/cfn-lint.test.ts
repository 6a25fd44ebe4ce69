import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pythonTools } from '../rig/lambda/tools.ts';

const everywhere = ['us-east-1', 'cn-north-1', 'cn-northwest-1'];

test.each([
  ['webhook/api-gateway.yaml', everywhere],
  ['webhook/sam/template.yaml', everywhere],
  // China has no function URLs.
  ['webhook/sam/function-url.yaml', ['us-east-1', 'eu-central-1']],
])('cfn-lint finds nothing in %s', (template, regions) => {
  const args = ['--include-checks', 'I', '--regions', ...regions, '--template', template];
  const program = join(pythonTools(), 'cfn-lint');
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('it would find what a region does not have', () => {
  const args = ['--regions', 'cn-northwest-1', '--template', 'webhook/sam/function-url.yaml'];
  const { stdout } = spawnSync(join(pythonTools(), 'cfn-lint'), args, { encoding: 'utf8' });
  expect(stdout).toContain('AWS::Lambda::Url');
});
