import { CommanderError } from 'commander';
import { buildProgram, type Outcome } from './program.ts';
import { painter, type Terminal, UsageError } from './terminal.ts';

/** Wrong usage, or a file that cannot be used. */
const usageCode = 2;

/** Runs the command line of a process and gives its exit code: 0 done, 1 a finding, 2 wrong usage or an invalid file. */
export async function run(
  terminal: Terminal & { readonly argv: readonly string[] },
): Promise<number> {
  const { stdout, stderr, env } = terminal;
  stdout.on('error', endQuietly);
  const outcome: Outcome = { code: 0 };
  try {
    await buildProgram(terminal, outcome).parseAsync(terminal.argv);
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageCode;
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${painter(stderr, env)('red', 'detour:')} ${error.message}\n`);
    return usageCode;
  }
}

/** Whoever read our output has what it wanted (`detour resolve - | head`): there is nobody to tell more. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
