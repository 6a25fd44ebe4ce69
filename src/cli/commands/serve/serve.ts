import { basename } from 'node:path';
import { externalDataPath } from '../../../admission/external-data.ts';
import { playgroundPath } from '../../../server/health.ts';
import { openLog } from '../../../server/log.ts';
import { type Address, type RunningServer, serve as startServer } from '../../../server/serve.ts';
import { readDuration } from '../../input/duration.ts';
import { findRulesSource } from '../../input/rules-file.ts';
import { hasColour, type Terminal, UsageError } from '../../terminal.ts';
import { version } from '../../version.ts';
import { readFirstRules } from './first-rules.ts';
import { type InClusterOptions, inCluster } from './in-cluster.ts';
import { introduce } from './introduction.ts';
import { readPlayground } from './playground-page.ts';
import {
  type CertificateOptions,
  chooseCertificate,
  loadClientAuthority,
} from './serving-certificate.ts';

/** ServeOptions are the options of `detour serve`. */
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
  // As early as possible: the first process of a container ignores a signal for which it has no
  // handler.
  const signals = listenForSignals();
  try {
    return await serveUntil(signals, options, terminal);
  } finally {
    signals.release();
  }
}

async function serveUntil(
  signals: Signals,
  options: ServeOptions,
  terminal: Terminal,
): Promise<number> {
  const addresses = {
    listen: readAddress('--listen', options.listen),
    healthListen: readAddress('--health-listen', options.healthListen),
    drainDelay: readDuration('--drain-delay', options.drainDelay),
  };
  const source = findRulesSource(options.rules, terminal, {
    isFollowed: true,
    withoutFile: 'silence',
  });
  const cluster = await inCluster(options, terminal.env);
  const { rules, warnings } = await readFirstRules(source, cluster.lastGoodRules);
  const { certificate, caCertificate } = await chooseCertificate(options, terminal.env);
  const clientAuthority = await loadClientAuthority(options);
  const playground = options.playground ? await readPlayground() : undefined;
  const isPretty =
    options.logFormat === 'pretty' || (options.logFormat === 'auto' && terminal.stdout.isTTY);
  const log = await openLog({
    level: options.logLevel,
    format: isPretty ? 'pretty' : 'json',
    hasColour: hasColour(terminal.stdout, terminal.env),
  });
  for (const warning of warnings) log.logger.warn(warning);
  const starting = startServer({
    ...addresses,
    ...cluster.serve,
    rules,
    rulesSource: source,
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
  // It may take long to get a certificate, and a signal may arrive meanwhile.
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
  // A log that nobody reads would keep the process alive.
  process.exit(0);
}

/** Parses `:8443`, `8443`, `127.0.0.1:8443` or `[::1]:8443`. */
function readAddress(option: string, text: string): Address {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (!(port <= 65_535)) {
    throw new UsageError(`${option} takes HOST:PORT or :PORT, not "${text}"`);
  }
  return { host: match?.[1] ?? (match?.[2] || undefined), port };
}

/** Returns how the program was called: by its file in a clone, otherwise by its name. */
function commandName(): string {
  return basename(process.argv[1] ?? '') === 'detour.js' ? 'node bin/detour.js' : 'detour';
}

/**
 * Stops the server on a signal: SIGTERM drains, SIGINT (a person at the keyboard) closes at once, a
 * second signal exits.
 */
async function stopOnSignal(server: RunningServer, signals: Signals): Promise<void> {
  const signal = await signals.first;
  void signals.second.then(() => process.exit(1));
  await server.stop(signal === 'SIGINT' ? 0 : undefined);
}

interface Signals {
  readonly first: Promise<NodeJS.Signals>;
  readonly second: Promise<NodeJS.Signals>;
  /** Gives the signals back. */
  release(): void;
}

function listenForSignals(): Signals {
  const names = ['SIGTERM', 'SIGINT'] as const;
  const waiting: ((signal: NodeJS.Signals) => void)[] = [];
  const next = () => new Promise<NodeJS.Signals>((resolve) => waiting.push(resolve));
  const take = (signal: NodeJS.Signals) => waiting.shift()?.(signal);
  for (const name of names) process.on(name, take);
  return {
    first: next(),
    second: next(),
    release: () => {
      for (const name of names) process.off(name, take);
    },
  };
}
