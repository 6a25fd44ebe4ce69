import { Command } from 'commander';
import type { CommandContext, Register } from './command.ts';
import { registerCheck } from './commands/check/command.ts';
import { registerCompile } from './commands/compile/command.ts';
import { registerCompletion } from './commands/completion/command.ts';
import { registerExplain } from './commands/explain/command.ts';
import { registerInit } from './commands/init/command.ts';
import { registerResolve } from './commands/resolve/command.ts';
import { registerServe } from './commands/serve/command.ts';
import { registerSync } from './commands/sync/command.ts';
import { registerWebhook } from './commands/webhook/command.ts';
import { version } from './version.ts';

/** The commands, in the order of `detour --help`. */
const commands: readonly Register[] = [
  registerInit,
  registerResolve,
  registerExplain,
  registerCheck,
  registerServe,
  registerWebhook,
  registerCompile,
  registerSync,
  registerCompletion,
];

/** Builds the command line. Each command adds itself. */
export function buildProgram(context: CommandContext): Command {
  const { stdout, stderr } = context.terminal;
  const program = new Command('detour')
    .description('Sends Kubernetes image pulls to your mirror, as one rules file says.')
    .version(version, '-V, --version')
    .option(
      '--rules <file>',
      'rules file, - for standard input, or embedded (default: $DETOUR_RULES, else ./detour.yaml or ./detour.yml, else the embedded rules)',
    )
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .showHelpAfterError('(add --help for more)')
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  detour init                                  write a rules file for your mirror
  detour resolve k8s.gcr.io/coredns:1.3.1      print what an image becomes
  detour explain quay.io/org/app:v1            show which rule decides, and why
  detour check detour.yaml                     find mistakes in a rules file
  detour serve                                 run the webhook
  detour sync --plan                           show what the mirror lacks

Exit codes: 0 done, 1 a finding, 2 wrong usage or an invalid file, 3 done in part, 70 an internal error.`,
    );
  for (const register of commands) register(program, context);
  return program;
}
