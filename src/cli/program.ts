import { Command } from 'commander';
import type { CommandContext, Register } from './command.ts';
import { registerCheck } from './commands/check/command.ts';
import { registerCompile } from './commands/compile/command.ts';
import { registerCompletion } from './commands/completion/command.ts';
import { registerExplain } from './commands/explain/command.ts';
import { registerResolve } from './commands/resolve/command.ts';
import { registerServe } from './commands/serve/command.ts';
import { registerWebhook } from './commands/webhook/command.ts';
import { version } from './version.ts';

/** The commands, in the order of `detour --help`. */
const commands: readonly Register[] = [
  registerResolve,
  registerExplain,
  registerCheck,
  registerServe,
  registerWebhook,
  registerCompile,
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
  detour resolve k8s.gcr.io/coredns:1.3.1      print what an image becomes
  detour explain quay.io/org/app:v1            show which rule decides, and why
  detour check detour.yaml                     find mistakes in a rules file
  detour serve                                 run the webhook

Exit codes: 0 done, 1 a finding, 2 wrong usage or an invalid file, 70 an internal error.`,
    );
  for (const register of commands) register(program, context);
  return program;
}
