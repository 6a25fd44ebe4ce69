import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour check`. */
export function registerCheck(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('check')
    .description('report mistakes and doubtful settings in the rules file')
    .option('--json', 'print one JSON object per diagnostic')
    .option(
      '--pods <file>',
      'also report which of these Pods lose their pull secret; - reads standard input',
    )
    .option(
      '--registration <file>',
      'also report what in this MutatingWebhookConfiguration opens an exit that the rules close; - reads standard input',
    )
    .addHelpText(
      'after',
      examples(
        'detour --rules detour.yaml check',
        'kubectl get pods,secrets -A -o json | detour --rules detour.yaml check --pods -',
        'kubectl get mutatingwebhookconfiguration image-detour -o yaml | detour --rules detour.yaml check --registration -',
      ),
    )
    .action(async (_options, command: Command) => {
      const { check } = await import('./check.ts');
      exitWith(await check(command.optsWithGlobals(), terminal));
    });
}
