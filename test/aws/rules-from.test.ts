import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lambda, startLambda } from '../rig/lambda/lambda.ts';
import { nodeOf } from '../rig/lambda/tools.ts';
import { until } from '../rig/process.ts';
import { reviewBody } from '../support/admission-review.ts';
import { rest } from '../support/lambda-events.ts';
import { type Moto, startMoto } from './rig/moto.ts';

const region = 'us-east-1';
const scratch = mkdtempSync(join(tmpdir(), 'detour-rules-'));
const runtimeModules = join(scratch, 'runtime', 'node_modules');
let moto: Moto;
let ssm: SSMClient;
let s3: S3Client;
const started: Lambda[] = [];

beforeAll(async () => {
  moto = await startMoto(scratch);
  ssm = new SSMClient({ ...moto, region });
  s3 = new S3Client({ ...moto, region, forcePathStyle: true });
  // Lambda's runtime has the AWS SDK in a folder of its own, which NODE_PATH names.
  mkdirSync(join(scratch, 'runtime'));
  symlinkSync(resolve('node_modules'), runtimeModules);
});
afterAll(async () => {
  await Promise.all(started.map((lambda) => lambda.stop()));
  await moto.stop();
  rmSync(scratch, { recursive: true });
});

/** The packed function, as `sam build` leaves it. */
async function startPacked(environment: Record<string, string> = {}): Promise<Lambda> {
  const folder = mkdtempSync(join(scratch, 'function-'));
  execFileSync(process.execPath, ['scripts/build-lambda-package.js', folder]);
  copyFileSync('webhook/sam/rules.yaml', join(folder, 'rules.yaml'));
  const lambda = await startLambda({
    node: nodeOf('24'),
    folder,
    environment: {
      ...moto.environment,
      NODE_PATH: runtimeModules,
      DETOUR_RULES_REFRESH_SECONDS: '1',
      ...environment,
    },
  });
  started.push(lambda);
  return lambda;
}

const rulesTo = (mirror: string) => `version: 1\nrules:\n  - {from: k8s.gcr.io, to: ${mirror}}\n`;
const request = {
  uid: 'u',
  kind: { kind: 'Pod' },
  operation: 'CREATE',
  namespace: 'default',
  object: { spec: { containers: [{ name: 'a', image: 'k8s.gcr.io/coredns:1.3.1' }] } },
};
const event = rest(reviewBody(request));

async function become(lambda: Lambda): Promise<string> {
  const { body } = (await lambda.invoke(event)) as { body: string };
  const { patch = btoa('[{}]') } = JSON.parse(body).response;
  return JSON.parse(Buffer.from(patch, 'base64').toString())[0].value ?? 'kept';
}

test('the rules file of the package', async () => {
  const lambda = await startPacked();
  expect(await become(lambda)).toMatch(
    /amazonaws\.com\.cn\/gcr\/google_containers\/coredns:1\.3\.1$/,
  );
});

test('a rules file in the environment', async () => {
  const lambda = await startPacked({ DETOUR_RULES: rulesTo('m.io/env') });
  expect(await become(lambda)).toBe('m.io/env/coredns:1.3.1');
});

async function putParameter(text: string): Promise<void> {
  const Name = '/image-detour/rules';
  await ssm.send(
    new PutParameterCommand({ Name, Value: text, Type: 'SecureString', Overwrite: true }),
  );
}
async function putObject(text: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: 'detour-rules', Key: 'a/rules.yaml', Body: text }));
}

test.each([
  ['a parameter of Systems Manager', 'ssm:/image-detour/rules', putParameter],
  ['an object of S3', 's3://detour-rules/a/rules.yaml', putObject],
])('%s, and it anew when it changes; a broken one leaves the old rules', async (_, from, put) => {
  await s3.send(new CreateBucketCommand({ Bucket: 'detour-rules' })).catch(() => undefined);
  await put(rulesTo('m.io/first'));
  const lambda = await startPacked({ DETOUR_RULES_FROM: from });
  expect(await become(lambda)).toBe('m.io/first/coredns:1.3.1');
  await put(rulesTo('m.io/second'));
  const isSecond = async () => (await become(lambda)) === 'm.io/second/coredns:1.3.1';
  await until('the new rules hold', isSecond);
  await put('rules: 5');
  const isReported = async () => {
    expect(await isSecond()).toBe(true);
    return lambda.lines().some((line) => line.includes(`the rules of ${from} are broken`));
  };
  await until('the broken rules are reported', isReported);
});

test('an object that is too large is not read', async () => {
  await putObject(`${rulesTo('m.io')}# ${'x'.repeat(128 * 1024)}`);
  const lambda = await startPacked({ DETOUR_RULES_FROM: 's3://detour-rules/a/rules.yaml' });
  expect(await become(lambda)).toBe('kept');
  expect(lambda.lines().join('\n')).toContain('at most 131072 are read');
});

test('what is not there: every image is kept until it is', async () => {
  const lambda = await startPacked({ DETOUR_RULES_FROM: 'ssm:/image-detour/none' });
  expect(await become(lambda)).toBe('kept');
  expect(lambda.lines().join('\n')).toContain('cannot be read');
});

test('after a pause, in which Lambda freezes the function, new rules hold at the second review', async () => {
  await putParameter(rulesTo('m.io/before'));
  const lambda = await startPacked({ DETOUR_RULES_FROM: 'ssm:/image-detour/rules' });
  for (const [mirror, pause] of [
    ['m.io/one', 1500],
    ['m.io/two', 3000],
    ['m.io/three', 10_000],
  ] as const) {
    await become(lambda);
    await putParameter(rulesTo(mirror));
    await sleep(pause);
    await become(lambda);
    expect(await become(lambda)).toBe(`${mirror}/coredns:1.3.1`);
  }
  // A connection that was closed meanwhile, or a timeout that passed, is no failure.
  expect(lambda.lines().join('\n')).not.toContain('"RulesFailures":1');
});

test('an answer waits for the rules for 300 ms at most', async () => {
  await putParameter(rulesTo('m.io/slow'));
  const lambda = await startPacked({ DETOUR_RULES_FROM: 'ssm:/image-detour/rules' });
  expect(await become(lambda)).toBe('m.io/slow/coredns:1.3.1');
  // Each reading would take until the SDK gives up.
  moto.freeze();
  const end = Date.now() + 7000;
  let longest = 0;
  while (Date.now() < end) {
    const start = performance.now();
    expect(await become(lambda)).toBe('m.io/slow/coredns:1.3.1');
    longest = Math.max(longest, performance.now() - start);
  }
  expect(lambda.lines().join('\n')).toContain('the last good ones hold');
  // A reading without a limit would take two tries of two seconds.
  expect(longest).toBeLessThan(900);
});
