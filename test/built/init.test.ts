import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { detourProgram } from '../rig/detour.ts';
import { installNode, otherVersions, withNode } from '../rig/node-versions.ts';

const ctrlC = '\u0003';
const ctrlD = '\u0004';
const backspace = '\u007f';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-dialogue-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/**
 * Runs `detour init` on a terminal of its own in the folder. Types each answer when its question is
 * there. Returns the exit code and the screen.
 */
async function converse(
  env: NodeJS.ProcessEnv,
  exchanges: readonly (readonly [question: string, answer: string])[],
): Promise<{ code: number | null; screen: string }> {
  const command = `node ${detourProgram} init`;
  const options = { cwd: folder, env: { ...env, TERM: 'xterm' } };
  const child = spawn('script', ['-qefc', command, '/dev/null'], options);
  const ended = once(child, 'exit');
  onTestFinished(() => void child.kill());
  let screen = '';
  let seen = 0;
  const rest = [...exchanges];
  child.stdout.on('data', (chunk) => {
    screen += chunk;
    for (let [next] = rest; next !== undefined; [next] = rest) {
      const [question, answer] = next;
      const at = screen.indexOf(question, seen);
      if (at === -1) return;
      seen = at + question.length;
      rest.shift();
      child.stdin.write(answer);
    }
  });
  const [code] = await ended;
  expect(rest, screen).toEqual([]);
  return { code, screen };
}

const versions = [
  ['of the tests', () => process.env] as const,
  ...otherVersions.map((major) => [major, () => withNode(installNode(major))] as const),
];

describe.each(versions)('on a terminal, with Node %s', (_, envOf) => {
  test('init asks, and writes the file', async () => {
    const { code, screen } = await converse(envOf(), [
      ['such as harbor.corp.example: ', 'https://mirror.example\r'],
      ['did you mean mirror.example?', ''],
      ['such as harbor.corp.example: ', `mirror.examplx${backspace}e\r`],
      ['Layout [flat]: ', '2\r'],
    ]);
    expect(code, screen).toBe(0);
    expect(screen).toContain('detour.yaml is written');
    const text = readFileSync(join(folder, 'detour.yaml'), 'utf8');
    expect(text).toContain('mirror: mirror.example\n');
    expect(text).toContain('to: ${mirror}/docker-hub\n');
  });

  test.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ])('%s ends it, and nothing is written', async (_name, key) => {
    const first = ['such as harbor.corp.example: '] as const;
    for (const exchanges of [
      [[...first, key]],
      [
        [...first, 'mirror.example\r'],
        ['Layout [flat]: ', key],
      ],
    ] as const) {
      const { code, screen } = await converse(envOf(), exchanges);
      expect(code, screen).toBe(2);
      expect(screen).toContain('nothing was written');
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});
