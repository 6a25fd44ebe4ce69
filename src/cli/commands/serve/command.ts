import { type Command, Option } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour serve`. */
export function registerServe(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('serve')
    .description('run the HTTPS admission webhook')
    .option('--listen <[host:]port>', 'address that receives admission reviews', ':8443')
    .option(
      '--health-listen <[host:]port>',
      'address of /healthz, /readyz and /metrics, in plain HTTP',
      '127.0.0.1:8081',
    )
    .option(
      '--playground',
      'also serve the playground there: a page that shows what rules do to images',
    )
    .option(
      '--tls-cert <file>',
      'serving certificate, PEM; reloaded when it changes (default: self-signed)',
    )
    .option('--tls-key <file>', 'its private key, PEM')
    .option(
      '--client-ca <file>',
      'answer only clients that have a certificate of one of these CAs, PEM; reloaded when it changes',
    )
    .option('--tls-name <name...>', 'names or addresses to add to a certificate that serve issues')
    .option(
      '--certificate-secret <name>',
      "in a Pod: issue a CA and a certificate, and keep them in this Secret of the Pod's namespace",
    )
    .option(
      '--webhook-configuration <name>',
      'in a Pod: watch this MutatingWebhookConfiguration, and keep the CA of --certificate-secret in it',
    )
    .option('--public-ca', 'API servers trust the certificate without a caBundle')
    .option('--certificate-lifetime <duration>', 'lifetime of certificates in the Secret', '30d')
    .option('--ca-lifetime <duration>', 'lifetime of their CA', '365d')
    .option('--ca-overlap <duration>', 'how long the old and the new CA are trusted together', '1h')
    .option(
      '--rules-configmap <name>',
      'in a Pod: watch this ConfigMap with the rules, and report what is wrong with it as Events on it',
    )
    .option(
      '--last-good-rules <name>',
      'in a Pod: keep the last valid rules in this ConfigMap, and start with them if the rules file is broken or missing',
    )
    .option(
      '--namespace-rules',
      'in a Pod: let ConfigMaps labelled image-detour/rules=true add rules for their namespace',
    )
    .option(
      '--ecr-pull-secret <name>',
      'in a Pod: keep current tokens for the ECR registries of the rules in this Secret',
    )
    .option('--ecr-pull-secret-namespace <name...>', 'the namespaces that have the Secret')
    .option('--external-data', "answer Gatekeeper's external data requests at /external-data")
    .option('--drain-delay <duration>', 'how long to keep serving after SIGTERM', '10s')
    .addOption(
      new Option('--log-level <level>', 'lowest level of log lines')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'format of log lines')
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
