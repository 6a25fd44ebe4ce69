import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buildOnce } from '../../rig/build-once.ts';
import { pythonPackages } from '../../support/python-packages.ts';

const folder = join(import.meta.dirname, '..');

/** Written is a text, and what it is written in. */
export interface Written {
  readonly format: 'yaml' | 'toml' | 'cel';
  readonly text: string;
}

/**
 * Returns what each reader of Go and of Python finds in each text: the name of the reader, and the
 * value.
 */
export function readEverywhere(texts: readonly Written[]): [reader: string, value: unknown][][] {
  if (texts.length === 0) return [];
  const input = texts.map((each) => `${JSON.stringify(each)}\n`).join('');
  const go = buildOnce('test/target/build-readers.sh');
  const python = pythonPackages('readers', join(folder, 'readers', 'requirements.txt'));
  const found = [
    run(go, [], input),
    run(join(python, 'python'), [join(folder, 'readers', 'main.py')], input),
  ];
  return texts.map((_, index) => found.flatMap((answers) => Object.entries(answers[index] ?? {})));
}

function run(program: string, list: readonly string[], input: string): Record<string, unknown>[] {
  const output = execFileSync(program, list, { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
