import { expect, test } from 'vitest';
import { type Diagnostic, formatDiagnostic } from './diagnostic.ts';

const about = { line: 1, column: 2, code: 'unknown-key', severity: 'error' } as const;

test.each<[string, Partial<Diagnostic>, string]>([
  [
    'a line',
    { message: 'a\n::error::forged' },
    'f:1:2: error unknown-key: a\\u000a::error::forged',
  ],
  ['a colour', { message: 'a\u001b[31mb' }, 'f:1:2: error unknown-key: a\\u001b[31mb'],
  ['C1', { message: 'a\u007f\u009bb' }, 'f:1:2: error unknown-key: a\\u007f\\u009bb'],
  ['line ends', { message: 'a\u2028\u2029' }, 'f:1:2: error unknown-key: a\\u2028\\u2029'],
  ['a file', { message: 'a', file: 'x\ry' }, 'x\\u000dy:1:2: error unknown-key: a'],
  [
    'a hint',
    { message: 'a', suggestion: '\n' },
    String.raw`f:1:2: error unknown-key: a; did you mean "\u000a"?`,
  ],
  ['none', { message: 'für 镜像 🚀' }, 'f:1:2: error unknown-key: für 镜像 🚀'],
])('control characters that would make %s are written out', (_, given, expected) => {
  const diagnostic = { ...about, ...given } as Diagnostic;
  expect(formatDiagnostic('f', diagnostic)).toBe(expected);
  expect(formatDiagnostic('f', diagnostic, () => '\u001b[31merror\u001b[0m')).toContain(
    '\u001b[31m',
  );
});
