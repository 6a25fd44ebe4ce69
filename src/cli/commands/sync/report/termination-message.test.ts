import { expect, test } from 'vitest';
import { sampleReport } from '../../../../../test/support/sample-report.ts';
import { formatTerminationMessage } from './termination-message.ts';

const shard = { index: 1, count: 3 };

test.each([0, 10, 5_000])('the message of %i images fits, and is JSON', (count) => {
  const report = sampleReport(count);
  const text = formatTerminationMessage(report, shard);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
  const { failures, more = false, ...rest } = JSON.parse(text);
  expect(rest).toMatchObject({ shard: '1/3', exitCode: 3, summary: report.summary });
  const { failed, left, findings } = report.summary;
  expect(more).toBe(failures.length < failed + left + findings);
  expect(failures.length > 0).toBe(failed + left + findings > 0);
});

test('a reason in Chinese counts in bytes', () => {
  const report = sampleReport(0);
  const message = '目标仓库没有这个镜像'.repeat(40);
  const findings = Array.from({ length: 20 }, () => ({ ...report.findings[0], message }));
  const text = formatTerminationMessage({ ...report, findings } as typeof report, shard);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
  expect(JSON.parse(text)).toMatchObject({ more: true });
});
