import { PassThrough } from 'node:stream';
import { run } from '../../src/cli/main.ts';

/** What a command line, such as `detour resolve busybox`, prints. */
export async function detour(line: string): Promise<string> {
  const stdout = new PassThrough();
  let text = '';
  stdout.on('data', (chunk) => {
    text += chunk;
  });
  const terminal = {
    stdin: new PassThrough().end(),
    stdout,
    stderr: new PassThrough(),
    env: {},
    argv: ['node', ...line.split(' ')],
  };
  await run(terminal as unknown as Parameters<typeof run>[0]);
  return text;
}
