import { type Command, Option } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour serve`. */
export function registerServe(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('serve')
    .description('run the HTTPS admission webhook')
    .option('--listen <[host:]port>', 'where reviews are taken', ':8443')
    .option(
      '--health-listen <[host:]port>',
      'where /healthz, /readyz and /metrics are served, in plain HTTP',
      '127.0.0.1:8081',
    )
    .option('--playground', 'serve the playground there, too: a page that shows what rules do')
    .option(
      '--tls-cert <file>',
      'serving certificate, PEM; followed as it changes (default: self-signed)',
    )
    .option('--tls-key <file>', 'its private key, PEM')
    .option(
      '--client-ca <file>',
      'answer only clients that show a certificate of these authorities, PEM; followed as it changes',
    )
    .option('--tls-name <name...>', 'further names or addresses for the self-signed certificate')
    .option(
      '--certificate-secret <name>',
      'in a Pod: keep own CA and certificate in this Secret of its namespace',
    )
    .option(
      '--webhook-configuration <name>',
      'in a Pod: keep the CA in this MutatingWebhookConfiguration',
    )
    .option('--certificate-lifetime <duration>', 'of certificates in the Secret', '30d')
    .option('--ca-lifetime <duration>', 'of their CA', '365d')
    .option('--ca-overlap <duration>', 'how long old and new CA are trusted together', '1h')
    .option(
      '--rules-configmap <name>',
      'in a Pod: tell a broken rules file in an Event on this ConfigMap',
    )
    .option(
      '--namespace-rules',
      'in a Pod: let ConfigMaps labelled image-detour/rules=true add rules for their namespace',
    )
    .option(
      '--ecr-pull-secret <name>',
      'in a Pod: keep tokens for the ECR registries of the rules in this Secret',
    )
    .option('--ecr-pull-secret-namespace <name...>', 'the namespaces that have the Secret')
    .option('--external-data', "answer Gatekeeper's external data requests at /external-data")
    .option('--drain-delay <duration>', 'how long to go on serving after SIGTERM', '10s')
    .addOption(
      new Option('--log-level <level>', 'least level of log lines')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'form of log lines')
        .choices(['auto', 'json', 'pretty'])
        .default('auto'),
    )
    .addHelpText(
      'after',
      examples(
        'detour serve',
        'detour --rules detour.yaml serve --tls-cert tls.crt --tls-key tls.key',
      ),
    )
    .action(async (_options, command: Command) => {
      const { serve } = await import('./serve.ts');
      exitWith(await serve(command.optsWithGlobals(), terminal));
    });
}
