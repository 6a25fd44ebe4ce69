import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RulesReport } from '../../src/lambda/rules-report.ts';
import { arbitraryPod } from '../rig/arbitrary-pod.ts';
import { type Lambda, startLambda } from '../rig/lambda/lambda.ts';
import { inlineCode } from '../rig/lambda/template.ts';
import { nodeOf } from '../rig/lambda/tools.ts';
import { type RunningProgram, startProgram } from '../rig/program.ts';
import { reviewBody } from '../support/admission-review.ts';
import { fixtures, http, malformedEvents, readFixture, rest } from '../support/lambda-events.ts';

const podReviews = (count: number) =>
  fc.sample(arbitraryPod, { numRuns: count, seed: 4 }).map((object, index) =>
    reviewBody(
      {
        uid: `pod-${index}`,
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        namespace: 'default',
        operation: 'CREATE',
        object,
        oldObject: null,
      },
      index % 2 === 0 ? 'admission.k8s.io/v1' : 'admission.k8s.io/v1beta1',
    ),
  );

let server: RunningProgram;
beforeAll(async () => {
  server = await startProgram();
});
afterAll(() => server.stop());

describe.each(['22', '24'] as const)('under the runtime client of Lambda on Node %s', (major) => {
  const folder = mkdtempSync(join(tmpdir(), 'detour-lambda-'));
  let lambda: Lambda;
  beforeAll(async () => {
    writeFileSync(join(folder, 'index.js'), inlineCode());
    lambda = await startLambda({ node: nodeOf(major), folder });
  });
  afterAll(async () => {
    await lambda.stop();
    rmSync(folder, { recursive: true });
  });

  test.each(malformedEvents)('%s is refused and ends nothing', async (_, event, status) => {
    expect(await lambda.invoke(event)).toMatchObject({ statusCode: status });
  });

  test('a direct invocation is told which rules hold', async () => {
    const { sha256, ...report } = (await lambda.invoke({ detour: 'rules' })) as RulesReport;
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    const rules = expect.any(Number);
    expect(report).toEqual({ source: 'the template', valid: true, rules, diagnostics: [] });
  });

  const count = major === '24' ? 5000 : 500;
  test(`fixtures and ${count} Pods are answered as by detour serve`, async () => {
    let patched = 0;
    for (const body of [...fixtures.map(readFixture), ...podReviews(count)]) {
      const expected = await server.post(body);
      for (const event of [rest(body), http(body)]) {
        const answer = (await lambda.invoke(event)) as { statusCode: number; body: string };
        expect([answer.statusCode, answer.body]).toEqual([expected.status, expected.body]);
      }
      if (expected.body.includes('"patch"')) patched++;
    }
    expect(patched).toBeGreaterThan(count / 2);
  }, 300_000);
});
