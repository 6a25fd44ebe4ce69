import { type Command, Option } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour webhook`. */
export function registerWebhook(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('webhook')
    .description('print a MutatingWebhookConfiguration for the webhook')
    .option('--url <url>', 'https URL of the webhook')
    .option('--service <namespace/name[:port][/path]>', 'Service of the webhook')
    .option('--ca-bundle <file>', "CA of the webhook's certificate, PEM; - reads standard input")
    .option(
      '--kubernetes <version>',
      'leave out fields that this version does not have: 1.9 to 1.36',
      '1.36',
    )
    .option(
      '--name <name>',
      'name of the configuration; the API server calls mutating webhooks in the order of these names',
      'image-detour',
    )
    .addOption(
      new Option(
        '--failure-policy <policy>',
        'what happens to Pods if the webhook cannot be reached',
      )
        .choices(['Ignore', 'Fail'])
        .default('Ignore'),
    )
    .option('--timeout <seconds>', 'how long the API server waits, in seconds', '3')
    .option(
      '--exclude-namespace <name...>',
      "namespaces to exclude in addition to kube-system and the webhook's own",
    )
    .option('--include-kube-system', 'do not exclude kube-system; there, the policy is Ignore')
    .option(
      '--namespace-selector <selector...>',
      "what a namespace must match in addition, such as 'environment in (prod,dev)'",
    )
    .option(
      '--object-selector <selector...>',
      "what a Pod must match in addition, such as '!batch' or 'team=a'",
    )
    .option('--label <key=value...>', 'labels of the configuration')
    .option('--annotation <key=value...>', 'annotations of the configuration')
    .option(
      '--no-opt-out-label',
      'leave out the label with which a Pod opts out, even if the rules leave that exit open',
    )
    .addHelpText(
      'after',
      examples(
        'detour webhook --url https://abc.execute-api.us-east-1.amazonaws.com/call | kubectl apply -f -',
        'detour webhook --service image-detour/image-detour --ca-bundle ca.crt',
        'detour webhook --url https://HOST/mutate --annotation admissions.enforcer/disabled=true',
      ),
    )
    .action(async (_options, command: Command) => {
      const { webhook } = await import('./webhook.ts');
      exitWith(await webhook(command.optsWithGlobals(), terminal));
    });
}
