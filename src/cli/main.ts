import { CommanderError } from 'commander';
import { buildProgram, type Outcome } from './program.ts';
import { painter, type Terminal, UsageError } from './terminal.ts';

/** Wrong usage, or a file that cannot be used. */
const usageCode = 2;
/** A fault of this program or of what it writes to (EX_SOFTWARE of sysexits.h): no finding, and nobody's usage. */
const internalCode = 70;

/**
 * Runs the command line of a process and gives its exit code: 0 done, 1 a finding, 2 wrong usage or an invalid file, 70 an
 * internal error.
 */
export async function run(
  terminal: Terminal & { readonly argv: readonly string[] },
): Promise<number> {
  const { stdout, stderr, env } = terminal;
  stdout.on('error', (error: NodeJS.ErrnoException) => endOutput(terminal, error));
  // With nobody to tell, there is nothing to do about it.
  stderr.on('error', () => undefined);
  const outcome: Outcome = { code: 0 };
  const tell = (message: string) =>
    stderr.write(`${painter(stderr, env)('red', 'detour:')} ${message}\n`);
  try {
    await buildProgram(terminal, outcome).parseAsync(terminal.argv);
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageCode;
    if (error instanceof UsageError) {
      tell(error.message);
      return usageCode;
    }
    tell(
      `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return internalCode;
  }
}

/** Whoever read our output has what it wanted (`detour resolve - | head`); a full disk is another matter. */
function endOutput({ stderr }: Terminal, error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  stderr.write(`detour: the output cannot be written: ${error.message}\n`);
  process.exit(internalCode);
}
