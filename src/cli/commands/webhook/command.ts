import { type Command, Option } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour webhook`. */
export function registerWebhook(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('webhook')
    .description('print a MutatingWebhookConfiguration for the webhook')
    .option('--url <url>', 'https URL of the webhook')
    .option('--service <namespace/name[:port][/path]>', 'Service of the webhook')
    .option('--ca-bundle <file>', 'CA of its certificate, PEM; - reads standard input')
    .option(
      '--kubernetes <version>',
      'leave out what this version does not know: 1.9 to 1.36',
      '1.36',
    )
    .option('--name <name>', 'name of the configuration', 'image-detour')
    .addOption(
      new Option(
        '--failure-policy <policy>',
        'what happens to Pods when the webhook cannot be reached',
      )
        .choices(['Ignore', 'Fail'])
        .default('Ignore'),
    )
    .option('--timeout <seconds>', 'how long the API server waits', '3')
    .option(
      '--exclude-namespace <name...>',
      "further namespaces left out, besides kube-system and the webhook's own",
    )
    .option(
      '--no-opt-out-label',
      'leave out the label by which a Pod avoids the webhook, also if the rules leave it open',
    )
    .addHelpText(
      'after',
      examples(
        'detour webhook --url https://abc.execute-api.us-east-1.amazonaws.com/call | kubectl apply -f -',
        'detour webhook --service image-detour/image-detour --ca-bundle ca.crt',
      ),
    )
    .action(async (_options, command: Command) => {
      const { webhook } = await import('./webhook.ts');
      exitWith(await webhook(command.optsWithGlobals(), terminal));
    });
}
