import { hostname, networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { formatDiagnostic } from '../../rules/diagnostic.ts';
import {
  type CertificateFiles,
  type CertificatePair,
  readCertificate,
} from '../../server/live-certificate.ts';
import { openLog } from '../../server/log.ts';
import { type Address, type RunningServer, serve as startServer } from '../../server/serve.ts';
import { requireRules } from '../rules-file.ts';
import { hasColour, type Terminal, UsageError } from '../terminal.ts';
import { version } from '../version.ts';
import { introduce } from './introduction.ts';

export interface ServeOptions {
  readonly rules?: string;
  readonly listen: string;
  readonly healthListen: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsName?: readonly string[];
  readonly drainDelay: string;
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
  const { ruleSet, text, source, diagnostics } = await requireRules(options.rules, terminal);
  const { files, pair, caCertificate } = await certificateFor(options);
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
  const server = await startServer({
    ...addresses,
    rules: { ruleSet, text },
    rulesFile: source.file,
    certificate: pair,
    certificateFiles: files,
    caCertificate,
    version,
    log,
  }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `cannot listen: ${error.message}; choose another --listen or --health-listen`,
    );
  });
  const { url, healthUrl } = server;
  log.logger.info({ version, webhook: url, health: healthUrl, rules: source.name }, 'ready');
  log.flush();
  if (caCertificate !== undefined) {
    terminal.stderr.write(
      introduce({ url, healthUrl, caCertificate, rules: source.name, command: commandName() }),
    );
  }
  await stopOnSignal(server, signals);
  // A log that nobody reads would keep the process.
  process.exit(0);
}

async function certificateFor(options: ServeOptions): Promise<{
  files: CertificateFiles | undefined;
  pair: CertificatePair;
  caCertificate: string | undefined;
}> {
  const { tlsCert, tlsKey } = options;
  if (tlsCert !== undefined && tlsKey !== undefined) {
    const files = { cert: tlsCert, key: tlsKey };
    const pair = await readCertificate(files).catch((error: Error) => {
      throw new UsageError(`the certificate cannot be used: ${error.message}`);
    });
    return { files, pair, caCertificate: undefined };
  }
  if (tlsCert !== undefined || tlsKey !== undefined) {
    throw new UsageError(
      '--tls-cert and --tls-key go together; without both, a self-signed certificate is made',
    );
  }
  // Loaded only where it is needed: it is the dearest part of a start.
  const { expiryOf, issueSelfSigned } = await import('../../certificate/issue.ts');
  const issued = await issueSelfSigned([...ownNames(), ...(options.tlsName ?? [])]);
  const { certificate: cert, privateKey: key, caCertificate } = issued;
  return { files: undefined, pair: { cert, key, notAfter: expiryOf(cert) }, caCertificate };
}

/** The names and addresses under which this machine may be called. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  // A link-local address is of no use without its interface.
  const reachable = addresses.filter(({ address }) => !address.startsWith('fe80:'));
  return [...new Set(['localhost', hostname(), ...reachable.map(({ address }) => address)])];
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

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** `10s`, `500ms`, `1m`, in milliseconds. */
function readDuration(option: string, text: string): number {
  const match = /^(\d{1,6})(ms|s|m)?$/.exec(text);
  if (match === null)
    throw new UsageError(`${option} takes a duration such as 10s or 500ms, not "${text}"`);
  return Number(match[1]) * (units[match[2] ?? 's'] as number);
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
