import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTemplate } from '../rig/lambda/template.ts';
import { npmPackages, pythonTools } from '../rig/lambda/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'detour-cdk-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the CDK program of the guide synthesizes a template that cfn-lint passes', () => {
  const guide = readFileSync('webhook/README.md', 'utf8');
  const [, program = ''] = /^```js\n(.*?)^```/ms.exec(guide) ?? [];
  writeFileSync(join(folder, 'app.js'), program);
  cpSync('webhook', join(folder, 'webhook'), { recursive: true });
  symlinkSync(
    npmPackages('cdk', ['aws-cdk-lib@2.276.0', 'constructs@10.8.1']),
    join(folder, 'node_modules'),
  );
  const output = join(folder, 'cdk.out');
  execFileSync(process.execPath, ['app.js'], {
    cwd: folder,
    env: { ...process.env, CDK_OUTDIR: output },
    stdio: 'pipe',
  });
  const name = readdirSync(output).find((file) => file.endsWith('.template.json')) ?? '';
  const template = join(output, name);
  const { Resources } = readTemplate('webhook/api-gateway.yaml');
  const synthesized = JSON.parse(readFileSync(template, 'utf8'));
  expect(Object.keys(synthesized.Resources).toSorted()).toEqual(Object.keys(Resources).toSorted());
  expect(synthesized.Resources.Function.Properties.Code).toEqual(
    Resources.Function.Properties.Code,
  );
  const lint = ['--regions', 'us-east-1', 'cn-northwest-1', '--template', template];
  const { stdout, stderr } = spawnSync(join(pythonTools(), 'cfn-lint'), lint, { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
});
