import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Terminal } from '../terminal.ts';
import { findRulesSource } from './rules-file.ts';

const terminal = (env: NodeJS.ProcessEnv) =>
  ({ env, stderr: new PassThrough() }) as unknown as Terminal;

test.each<[string, string | undefined, NodeJS.ProcessEnv]>([
  ['$DETOUR_RULES', undefined, { DETOUR_RULES: '' }],
  ['--rules', '', { DETOUR_RULES: 'embedded' }],
])('an empty %s is refused: it must not become the embedded rules', (_, option, env) => {
  expect(() => findRulesSource(option, terminal(env))).toThrow(
    'the name of the rules file is empty: name a file with --rules or DETOUR_RULES',
  );
});
