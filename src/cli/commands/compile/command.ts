import { type Command, Option } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour compile`. */
export function registerCompile(program: Command, { terminal, exitWith }: CommandContext): void {
  program
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
    .option('--name <name>', 'name of the objects (default: image-detour)')
    .addOption(
      new Option('--api <version>', 'API version of admission policies (default: v1)').choices([
        'v1',
        'v1beta1',
      ]),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'what a validating policy does with a violation (default: deny)',
      ).choices(['warn', 'audit', 'deny']),
    )
    .option('--manifests <file|folder>', 'the manifests to compile for; - reads standard input')
    .option('--url <url>', "https URL of the server's /external-data")
    .option('--ca-bundle <file>', "CA of that server's certificate, PEM; - reads standard input")
    .option('--mirror-only', 'never pull from the origin, if the target can express that')
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
      const { compile } = await import('./compile.ts');
      exitWith(await compile(target, command.optsWithGlobals(), terminal));
    });
}
