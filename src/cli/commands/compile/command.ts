import { type Command, Option } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour compile`. */
export function registerCompile(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('compile')
    .description('compile the rules to what another place enforces')
    .argument('[target]', 'what to compile to; --list names them')
    .option('--list', 'print what each target can say of the rules')
    .option('--json', 'with --list, print one JSON object a target')
    .option('-o, --output <folder>', 'write files, and print their names')
    .option('--check <file|folder>', 'tell how this differs from the rules; - reads standard input')
    .option('--lossy', 'leave out what the target cannot say')
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
        'what a validating policy does with what it finds (default: deny)',
      ).choices(['warn', 'audit', 'deny']),
    )
    .option('--manifests <file|folder>', 'the manifests to compile for; - reads standard input')
    .option('--url <url>', 'https URL of /external-data')
    .option('--ca-bundle <file>', 'CA of its certificate, PEM; - reads standard input')
    .option('--mirror-only', 'never pull from the origin, where the target can say that')
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
