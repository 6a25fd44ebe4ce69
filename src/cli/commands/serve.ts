import { basename } from 'node:path';
import { externalDataPath } from '../../admission/external-data.ts';
import { formatDiagnostic } from '../../rules/diagnostic.ts';
import { playgroundPath } from '../../server/health.ts';
import { openLog } from '../../server/log.ts';
import { type Address, type RunningServer, serve as startServer } from '../../server/serve.ts';
import { type CertificateOptions, certificateFor, clientAuthorityFor } from '../certificate-for.ts';
import { readDuration } from '../duration.ts';
import { type InClusterOptions, inCluster } from '../in-cluster.ts';
import { readPlayground } from '../playground-page.ts';
import { requireRules } from '../rules-file.ts';
import { hasColour, type Terminal, UsageError } from '../terminal.ts';
import { version } from '../version.ts';
import { introduce } from './introduction.ts';

export interface ServeOptions extends CertificateOptions, InClusterOptions {
  readonly rules?: string;
  readonly listen: string;
  readonly healthListen: string;
  readonly playground?: boolean;
  readonly drainDelay: string;
  readonly externalData?: boolean;
  readonly logLevel: string;
  readonly logFormat: 'auto' | 'json' | 'pretty';
}

/** Serves the webhook until SIGTERM or SIGINT. */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<number> {
  // From here on: as the first process of a container, one without a handler ignores the signal for ever.
  const signals = listenForSignals();
  const addresses = {
    listen: readAddress('--listen', options.listen),
    healthListen: readAddress('--health-listen', options.healthListen),
    drainDelay: readDuration('--drain-delay', options.drainDelay),
  };
  const { ruleSet, text, source, diagnostics } = await requireRules(options.rules, terminal, {
    isFollowed: true,
  });
  const { certificate, caCertificate } = await certificateFor(options, terminal.env);
  const clientAuthority = await clientAuthorityFor(options);
  const further = await inCluster(options, terminal.env);
  const playground = options.playground ? await readPlayground() : undefined;
  const isPretty =
    options.logFormat === 'pretty' || (options.logFormat === 'auto' && terminal.stdout.isTTY);
  const log = await openLog({
    level: options.logLevel,
    format: isPretty ? 'pretty' : 'json',
    hasColour: hasColour(terminal.stdout, terminal.env),
  });
  for (const diagnostic of diagnostics.filter(({ severity }) => severity !== 'note')) {
    log.logger.warn(formatDiagnostic(source.name, diagnostic));
  }
  const starting = startServer({
    ...addresses,
    ...further,
    rules: { ruleSet, text },
    rulesFile: source.file,
    externalData: options.externalData ?? false,
    certificate,
    caCertificate,
    clientAuthority,
    playground,
    version,
    log,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') throw error;
    throw new UsageError(
      `cannot listen: ${error.message}; choose another --listen or --health-listen`,
    );
  });
  // A certificate may be long in coming, and a signal come before it.
  const server = await Promise.race([starting, signals.first]);
  if (typeof server === 'string') process.exit(0);
  const { url, healthUrl } = server;
  const playgroundUrl = playground && healthUrl + playgroundPath;
  const externalData = options.externalData ? new URL(externalDataPath, url).href : undefined;
  log.logger.info(
    {
      version,
      webhook: url,
      externalData,
      health: healthUrl,
      playground: playgroundUrl,
      rules: source.name,
    },
    'ready',
  );
  log.flush();
  if (caCertificate !== undefined) {
    terminal.stderr.write(
      introduce({
        url,
        healthUrl,
        playgroundUrl,
        caCertificate,
        rules: source.name,
        command: commandName(),
      }),
    );
  }
  await stopOnSignal(server, signals);
  // A log that nobody reads would keep the process.
  process.exit(0);
}

/** `:8443`, `8443`, `127.0.0.1:8443`, `[::1]:8443`. */
function readAddress(option: string, text: string): Address {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (!(port <= 65_535)) {
    throw new UsageError(`${option} takes HOST:PORT or :PORT, not "${text}"`);
  }
  return { host: match?.[1] ?? (match?.[2] || undefined), port };
}

/** In a clone the program is run by its file, elsewhere by its name. */
function commandName(): string {
  return basename(process.argv[1] ?? '') === 'detour.js' ? 'node bin/detour.js' : 'detour';
}

/** SIGTERM drains; SIGINT, from a person at the keyboard, closes at once; a second signal does not wait for anything. */
async function stopOnSignal(server: RunningServer, signals: Signals): Promise<void> {
  const signal = await signals.first;
  void signals.second.then(() => process.exit(1));
  await server.stop(signal === 'SIGINT' ? 0 : undefined);
}

interface Signals {
  readonly first: Promise<NodeJS.Signals>;
  readonly second: Promise<NodeJS.Signals>;
}

function listenForSignals(): Signals {
  const first = nextSignal();
  return { first, second: first.then(nextSignal) };
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
}
