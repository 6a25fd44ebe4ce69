import { type Command, Option } from 'commander';
import { type CommandContext, examples } from '../../command.ts';
import { layoutNames } from './layouts.ts';

/** Adds `detour init`. */
export function registerInit(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('init')
    .description('write a rules file for your mirror; on a terminal, it asks for what is missing')
    .option('--mirror <host>', 'the registry that has the mirrored images, with an optional path')
    .addOption(
      new Option('--layout <name>', 'where the mirror has the images').choices(layoutNames),
    )
    .option('--embedded', 'print the embedded rules instead')
    .option('-o, --output <file>', 'the file to write; - prints it (default: ./detour.yaml)')
    .option('--force', 'overwrite the file')
    .addHelpText(
      'after',
      examples(
        'detour init',
        'detour init --mirror harbor.corp.example --layout harbor',
        'detour init --mirror 111122223333.dkr.ecr.eu-central-1.amazonaws.com --layout ecr',
        'detour init --mirror mirror.example.com/all --layout flat --output -',
      ),
    )
    .action(async (options: object) => {
      const { init } = await import('./init.ts');
      exitWith(await init(options, terminal));
    });
}
