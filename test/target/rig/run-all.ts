import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Runs one command an argument list, as many at once as there are cores. That they fail is nothing:
 * nothing is found.
 */
export async function runAll(
  program: string,
  lists: readonly (readonly string[])[],
  environment: Record<string, string>,
): Promise<void> {
  const waiting = [...lists];
  const worker = async () => {
    for (let list = waiting.pop(); list !== undefined; list = waiting.pop())
      await run(program, list, environment);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Runs a program and returns what it wrote; the same if it fails. */
export function run(
  program: string,
  list: readonly string[],
  environment: Record<string, string> = {},
  input = '',
): Promise<string> {
  const env = { ...process.env, ...environment };
  return new Promise((resolve, reject) => {
    const options = { env, timeout: 300_000, maxBuffer: 2 ** 28 };
    const child = execFile(program, list, options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') reject(error);
      else resolve(stdout + stderr);
    });
    // Who has ended does not read.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
