import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour check`. */
export function registerCheck(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('check')
    .description('report mistakes and doubtful settings in rules files')
    .argument('[file...]', 'rules files; - reads standard input (default: as for --rules)')
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
        'detour check detour.yaml teams/*.yaml',
        'kubectl get pods,secrets -A -o json | detour check detour.yaml --pods -',
        'kubectl get mutatingwebhookconfiguration image-detour -o yaml | detour check detour.yaml --registration -',
      ),
    )
    .action(async (files: readonly string[], _options, command: Command) => {
      const { check } = await import('./check.ts');
      exitWith(await check(files, command.optsWithGlobals(), terminal));
    });
}
