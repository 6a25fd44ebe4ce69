import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';
import { buildOption, targetOptions } from './target-options.ts';

/** Adds `detour compile`. */
export function registerCompile(program: Command, { terminal, exitWith }: CommandContext): void {
  const compile = program
    .command('compile')
    .description('compile the rules for another enforcement point')
    .argument('[target]', 'what to compile to; --list prints the targets')
    .option('--list', 'print which parts of the rules each target can express')
    .option('--json', 'with --list, print one JSON object per target')
    .option('-o, --output <folder>', 'write files to this folder and print their names')
    .option(
      '--check <file|folder>',
      'report how this differs from the rules; - reads standard input',
    )
    .option('--lossy', 'leave out what the target cannot express')
    .addHelpText(
      'after',
      examples(
        'detour compile --list',
        'detour compile map | kubectl apply --server-side -f -',
        'detour compile containerd --output /etc/containerd',
        'kustomize build overlay | detour compile kustomize --manifests - --output detour',
        'kubectl get mutatingadmissionpolicies,mutatingadmissionpolicybindings -o yaml | detour compile map --check -',
      ),
    )
    .action(async (target: string | undefined, _options, command: Command) => {
      const { compile: run } = await import('./compile.ts');
      exitWith(await run(target, command.optsWithGlobals(), terminal));
    });
  for (const name of targetOptions) compile.addOption(buildOption(name));
}
