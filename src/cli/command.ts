import { type Command, Option } from 'commander';
import type { Terminal } from './terminal.ts';

/** CommandContext is what a command gets from the process that runs it. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Sets the exit code of the process. */
  exitWith(code: number): void;
}

/**
 * Register adds a command to the program: its name, its options and its help. The action imports
 * the code that does the work, so that a start loads only what the command needs.
 */
export type Register = (program: Command, context: CommandContext) => void;

/** Formats the examples at the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  const title = lines.length === 1 ? 'Example' : 'Examples';
  return `\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** Returns the option of commands that decide for one namespace. */
export function namespaceOption(): Option {
  return new Option('-n, --namespace <name>', 'the namespace to decide for').default('default');
}

/** Returns the option of commands that decide by the rules of that namespace as well. */
export function namespaceRulesOption(): Option {
  return new Option('--namespace-rules <file>', 'the rules that the namespace adds for itself');
}
