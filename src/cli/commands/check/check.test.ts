import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Terminal } from '../../terminal.ts';
import { type CheckOptions, check } from './check.ts';

/** Checks one rules file, and gives the exit code. */
async function exitCodeOf(text: string, options: CheckOptions): Promise<number> {
  const nowhere = { write: () => true };
  const stdin = Readable.from([Buffer.from(text)]);
  const terminal = { stdin, stdout: nowhere, stderr: nowhere, env: {} };
  return await check(['-'], options, terminal as unknown as Terminal);
}

const finding = 'version: 1\nexpect: {busybox: m.example/busybox}\nrules: []\n';

test.each<[string, string, number, number]>([
  ['without findings', 'version: 1\nrules: []\n', 0, 0],
  ['with a finding', finding, 1, 0],
  ['that is broken', 'version: 1\n', 2, 2],
  ['that is empty', '', 2, 2],
])('of a file %s, --fail-on error counts errors only', async (_, text, usual, ofErrors) => {
  expect(await exitCodeOf(text, {})).toBe(usual);
  expect(await exitCodeOf(text, { failOn: 'error' })).toBe(ofErrors);
});

test.each(['{pattern: "^7("}', '{semver: ">=01"}'])(
  'tags of sync: %s is an error',
  async (tags) => {
    const file = (written: string) =>
      `version: 1\nrules: []\nsync: {lists: [{file: a.txt, tags: ${written}}]}\n`;
    expect(await exitCodeOf(file(tags), {})).toBe(2);
    expect(await exitCodeOf(file('{pattern: "7.*", semver: ">=7"}'), {})).toBe(0);
  },
);
