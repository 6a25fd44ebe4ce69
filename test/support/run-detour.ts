import { PassThrough } from 'node:stream';
import { run } from '../../src/cli/main.ts';

interface Input {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
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
  { stdin = '', env = {} }: Input = {},
): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = { stdout: '', stderr: '' };
  stdout.on('data', (chunk) => {
    printed.stdout += chunk;
  });
  stderr.on('data', (chunk) => {
    printed.stderr += chunk;
  });
  const input = new PassThrough().end(stdin);
  const terminal = { stdin: input, stdout, stderr, env, argv: ['node', 'detour', ...args] };
  const code = await run(terminal as unknown as Parameters<typeof run>[0]);
  return { code, ...printed };
}
