import { Command, Option } from 'commander';
import { buildOption, targetOptions } from './target-options.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** The exit code of the command that ran. */
export interface Outcome {
  code: number;
}

/** The command line: every option, with its help. What the commands do is loaded when one is asked for. */
export function buildProgram(terminal: Terminal, outcome: Outcome): Command {
  const program = new Command('detour')
    .description('Sends Kubernetes image pulls to your mirror, by one rules file.')
    .version(version, '-V, --version')
    .option(
      '--rules <file>',
      'rules file (default: $DETOUR_RULES, ./detour.yaml, else the embedded rules)',
    )
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .showHelpAfterError('(add --help for more)')
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  detour resolve k8s.gcr.io/coredns:1.3.1      what an image becomes
  detour explain quay.io/org/app:v1            and why
  detour --rules detour.yaml check             what is wrong with a rules file
  detour serve                                 run the webhook

Exit codes: 0 done, 1 a finding, 2 wrong usage or an invalid file, 70 an internal error.`,
    );

  const namespace = new Option('-n, --namespace <name>', 'the namespace to decide for').default(
    'default',
  );

  program
    .command('resolve')
    .description('print what each image becomes, one a line')
    .argument('[images...]', 'images; - reads them from standard input, one a line')
    .option('--json', 'print one JSON object a line')
    .addOption(namespace)
    .addHelpText(
      'after',
      '\nExamples:\n  detour resolve busybox direct.to/busybox\n  kubectl get pods -A -o jsonpath=\'{range .items[*].spec.containers[*]}{.image}{"\\n"}{end}\' | detour resolve -',
    )
    .action(async (images: string[], _options, command: Command) => {
      const { resolve } = await import('./commands/resolve.ts');
      outcome.code = await resolve(images, command.optsWithGlobals(), terminal);
    });

  program
    .command('explain')
    .description('tell how an image is parsed, which rules match and which one decides')
    .argument('<image>', 'an image')
    .option('--json', 'print a JSON object')
    .addOption(namespace)
    .addHelpText('after', '\nExample:\n  detour explain gcr.io/google-containers/pause:3.1')
    .action(async (image: string, _options, command: Command) => {
      const { explain } = await import('./commands/explain.ts');
      outcome.code = await explain(image, command.optsWithGlobals(), terminal);
    });

  program
    .command('check')
    .description('tell all that is wrong or doubtful in the rules file')
    .option('--json', 'print one JSON object a diagnostic')
    .option(
      '--pods <file>',
      'also tell which of these Pods lose their pull secret; - reads standard input',
    )
    .option(
      '--registration <file>',
      'also report what in this MutatingWebhookConfiguration opens an exit that the rules close; - reads standard input',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  detour --rules detour.yaml check\n  kubectl get pods,secrets -A -o json | detour --rules detour.yaml check --pods -\n  kubectl get mutatingwebhookconfiguration image-detour -o yaml | detour --rules detour.yaml check --registration -',
    )
    .action(async (_options, command: Command) => {
      const { check } = await import('./commands/check.ts');
      outcome.code = await check(command.optsWithGlobals(), terminal);
    });

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
      '\nExamples:\n  detour serve\n  detour --rules detour.yaml serve --tls-cert tls.crt --tls-key tls.key',
    )
    .action(async (_options, command: Command) => {
      const { serve } = await import('./commands/serve.ts');
      outcome.code = await serve(command.optsWithGlobals(), terminal);
    });

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
      '\nExamples:\n  detour webhook --url https://abc.execute-api.us-east-1.amazonaws.com/call | kubectl apply -f -\n  detour webhook --service image-detour/image-detour --ca-bundle ca.crt',
    )
    .action(async (_options, command: Command) => {
      const { webhook } = await import('./commands/webhook.ts');
      outcome.code = await webhook(command.optsWithGlobals(), terminal);
    });

  const compileCommand = program
    .command('compile')
    .description('compile the rules to what another place enforces')
    .argument('[target]', 'what to compile to; --list names them')
    .option('--list', 'print what each target can say of the rules')
    .option('--json', 'with --list, print one JSON object a target')
    .option('-o, --output <folder>', 'write files, and print their names')
    .option('--check <file|folder>', 'tell how this differs from the rules; - reads standard input')
    .option('--lossy', 'leave out what the target cannot say')
    .addHelpText(
      'after',
      '\nExamples:\n  detour compile --list\n  detour compile map | kubectl apply --server-side -f -\n  detour compile containerd --output /etc/containerd\n  kustomize build overlay | detour compile kustomize --manifests - --output detour\n  kubectl get mutatingadmissionpolicies,mutatingadmissionpolicybindings -o yaml | detour compile map --check -',
    )
    .action(async (target: string | undefined, _options, command: Command) => {
      const { compile } = await import('./commands/compile.ts');
      outcome.code = await compile(target, command.optsWithGlobals(), terminal);
    });
  for (const name of targetOptions) compileCommand.addOption(buildOption(name));

  program
    .command('completion')
    .description('print a completion script for a shell')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', '\nExample:\n  source <(detour completion bash)')
    .action(async (shell: string) => {
      const { completion } = await import('./commands/completion.ts');
      outcome.code = await completion(shell, program, terminal);
    });

  return program;
}
