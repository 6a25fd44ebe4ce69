import { type Command, Option } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour check`. */
export function registerCheck(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('check')
    .description('report mistakes and doubtful settings in rules files, and run their expect')
    .argument('[file...]', 'rules files; - reads standard input (default: as for --rules)')
    .option('--json', 'print one JSON object per diagnostic')
    .addOption(
      new Option('--fail-on <severity>', 'the least that makes the exit code another than 0')
        .choices(['warning', 'error'])
        .default('warning'),
    )
    .option(
      '--pods <file>',
      'also report which of these Pods lose their pull secret; - reads standard input',
    )
    .option(
      '--images <file>',
      'also report which of these images, one per line, become the same name; - reads standard input',
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
        'kubectl get pods -A -o jsonpath=\'{range .items[*].spec.containers[*]}{.image}{"\\n"}{end}\' | detour check detour.yaml --images -',
        'kubectl get mutatingwebhookconfiguration image-detour -o yaml | detour check detour.yaml --registration -',
      ),
    )
    .action(async (files: readonly string[], _options, command: Command) => {
      const { check } = await import('./check.ts');
      exitWith(await check(files, command.optsWithGlobals(), terminal));
    });
}
