import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLambda } from '../rig/lambda/lambda.ts';
import { readTemplate } from '../rig/lambda/template.ts';
import { nodeOf, pythonTools } from '../rig/lambda/tools.ts';
import { runDetour } from '../support/run-detour.ts';
import { type Moto, startMoto } from './rig/moto.ts';

const scratch = mkdtempSync(join(tmpdir(), 'detour-sam-'));
const folder = join(scratch, 'clone', 'webhook', 'sam');
const region = 'us-east-1';
let moto: Moto;

beforeAll(async () => {
  moto = await startMoto(scratch);
  // What sam build writes must not lie in the working copy.
  for (const name of ['webhook', 'scripts', 'src', 'package.json', 'package-lock.json']) {
    cpSync(name, join(scratch, 'clone', name), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(resolve('node_modules'), join(scratch, 'clone', 'node_modules'));
});
afterAll(async () => {
  await moto.stop();
  rmSync(scratch, { recursive: true });
});

function sam(...args: string[]): string {
  return execFileSync(join(pythonTools(), 'sam'), args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...moto.environment,
      AWS_DEFAULT_REGION: region,
      SAM_CLI_TELEMETRY: '0',
      PATH: `${pythonTools()}:${process.env.PATH}`,
    },
  });
}

describe.each(['template.yaml', 'function-url.yaml'])('%s', (template) => {
  test('is valid', () => {
    expect(sam('validate', '--lint', '-t', template)).toContain('is a valid SAM Template');
  });

  test('builds, and what is built answers the events', async () => {
    sam('build', '-t', template);
    const built = join(folder, '.aws-sam', 'build', 'Function');
    expect(readFileSync(join(built, 'rules.yaml'), 'utf8')).toContain('k8s.gcr.io');
    const lambda = await startLambda({ node: nodeOf('24'), folder: built });
    for (const name of ['create-pod-http.json', 'create-pod-rest.json']) {
      const event = JSON.parse(readFileSync(join(folder, 'events', name), 'utf8'));
      const { body } = (await lambda.invoke(event)) as { body: string };
      const patch = Buffer.from(JSON.parse(body).response.patch, 'base64').toString();
      expect(patch).toContain('/gcr/google_containers/coredns:1.3.1');
    }
    await lambda.stop();
  });

  test('is packed', async () => {
    const s3 = new S3Client({ ...moto, region, forcePathStyle: true });
    const Bucket = `packed-${template.replace('.', '-')}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    const packed = join(scratch, `packed-${template}`);
    sam('package', '--s3-bucket', Bucket, '--output-template-file', packed);
    expect(readFileSync(packed, 'utf8')).toMatch(
      new RegExp(`CodeUri: s3://${Bucket}/[0-9a-f]{32}`),
    );
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents).toHaveLength(1);
    // Without node_modules or sources: the bundle and the rules.
    expect(Contents[0]?.Size).toBeLessThan(100_000);
  });
});

test('what detour compile sam prints needs no build: it is valid, and packaging it uploads nothing', async () => {
  const rules = join(scratch, 'detour.yaml');
  writeFileSync(rules, 'version: 1\nrules:\n  - {from: quay.io, to: mirror.example.com/quay}\n');
  const { stdout } = await runDetour(['--rules', rules, 'compile', 'sam']);
  const template = join(scratch, 'compiled.yaml');
  writeFileSync(template, stdout);
  expect(sam('validate', '--lint', '-t', template)).toContain('is a valid SAM Template');
  const s3 = new S3Client({ ...moto, region, forcePathStyle: true });
  const Bucket = 'compiled';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const packed = join(scratch, 'packed.yaml');
  sam('package', '-t', template, '--s3-bucket', Bucket, '--output-template-file', packed);
  const code = (file: string) => readTemplate(file).Resources.Function.Properties.Code;
  expect(code(packed)).toEqual(code(template));
  const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket }));
  expect(KeyCount).toBe(0);
});

test('the example of samconfig.toml is read', () => {
  cpSync(join(folder, 'samconfig.toml.example'), join(folder, 'samconfig.toml'));
  sam('build');
  expect(existsSync(join(folder, '.aws-sam', 'build', 'template.yaml'))).toBe(true);
});
