import type { Command } from 'commander';
import {
  type CommandContext,
  examples,
  namespaceOption,
  namespaceRulesOption,
} from '../../command.ts';

/** Adds `detour explain`. */
export function registerExplain(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('explain')
    .description('show how an image is parsed, which rules match and which one decides')
    .argument('<image>', 'an image')
    .option('--json', 'print a JSON object')
    .addOption(namespaceOption())
    .addOption(namespaceRulesOption())
    .addHelpText('after', examples('detour explain gcr.io/google-containers/pause:3.1'))
    .action(async (image: string, _options, command: Command) => {
      const { explain } = await import('./explain.ts');
      exitWith(await explain(image, command.optsWithGlobals(), terminal));
    });
}
