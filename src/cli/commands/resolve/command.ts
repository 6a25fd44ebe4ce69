import type { Command } from 'commander';
import {
  type CommandContext,
  examples,
  namespaceOption,
  namespaceRulesOption,
} from '../../command.ts';

/** Adds `detour resolve`. */
export function registerResolve(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('resolve')
    .description('print what each image becomes, one per line')
    .argument('[images...]', 'images; - reads them from standard input, one per line')
    .option('--json', 'print one JSON object per line')
    .addOption(namespaceOption())
    .addOption(namespaceRulesOption())
    .addHelpText(
      'after',
      examples(
        'detour resolve busybox direct.to/busybox',
        'kubectl get pods -A -o jsonpath=\'{range .items[*].spec.containers[*]}{.image}{"\\n"}{end}\' | detour resolve -',
      ),
    )
    .action(async (images: string[], _options, command: Command) => {
      const { resolve } = await import('./resolve.ts');
      exitWith(await resolve(images, command.optsWithGlobals(), terminal));
    });
}
