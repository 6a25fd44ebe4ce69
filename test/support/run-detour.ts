import { PassThrough } from 'node:stream';
import { run } from '../../src/cli/main.ts';

interface Input {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether a person can be asked. */
  readonly isTTY?: boolean;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Returns what a command line, such as `detour resolve busybox`, prints. */
export async function detour(line: string): Promise<string> {
  return (await runDetour(line.split(' ').slice(1))).stdout;
}

/** Runs a command with streams and an environment of its own. */
export async function runDetour(
  args: readonly string[],
  { stdin = '', env = {}, isTTY = false }: Input = {},
): Promise<Outcome> {
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const printed = { stdout: '', stderr: '' };
  stdout.on('data', (chunk) => {
    printed.stdout += chunk;
  });
  stderr.on('data', (chunk) => {
    printed.stderr += chunk;
  });
  const input = Object.assign(new PassThrough().end(stdin), { isTTY });
  const terminal = { stdin: input, stdout, stderr, env, argv: ['node', 'detour', ...args] };
  const code = await run(terminal as unknown as Parameters<typeof run>[0]);
  return { code, ...printed };
}
