import { CommanderError } from 'commander';
import { endOnSignals } from './first-process.ts';
import { buildProgram } from './program.ts';
import {
  exitCodeAfter,
  informOfFailure,
  internalCode,
  OutputError,
  painter,
  type Terminal,
  UsageError,
  usageCode,
} from './terminal.ts';

/**
 * Runs the command line of a process and returns its exit code: 0 done, 1 a finding, 2 wrong usage
 * or an invalid file, 3 done in part, 70 an internal error.
 */
export async function run(
  terminal: Terminal & { readonly argv: readonly string[] },
): Promise<number> {
  endOnSignals();
  const { stdout, stderr, env } = terminal;
  stdout.on('error', (error: NodeJS.ErrnoException) => endOutput(terminal, error));
  // If standard error is closed, nobody can be informed.
  stderr.on('error', () => undefined);
  let code = 0;
  const exitWith = (exitCode: number) => {
    code = exitCode;
  };
  const printError = (message: string) =>
    stderr.write(`${painter(stderr, env)('red', 'detour:')} ${message}\n`);
  try {
    await buildProgram({ terminal, exitWith }).parseAsync(terminal.argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageCode;
    if (error instanceof UsageError || error instanceof OutputError) printError(error.message);
    else
      printError(
        `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    return exitCodeAfter(error);
  }
}

/**
 * Ends the process if its output fails, unless the command outlives that: quietly if the reader closed
 * it (`detour resolve - | head`), else with an error.
 */
function endOutput({ stdout, stderr }: Terminal, error: NodeJS.ErrnoException): void {
  if (informOfFailure(stdout, error)) return;
  if (error.code === 'EPIPE') process.exit();
  stderr.write(`detour: ${new OutputError(error).message}\n`);
  process.exit(internalCode);
}
