import { join } from 'node:path';
import { scratchFolder, writeScratch } from './files.ts';
import { type Running, start, until, untilReady } from './process.ts';

/** Names the program that users run; it needs `npm run build`. */
export const detourProgram = join(import.meta.dirname, '..', '..', 'bin', 'detour.js');

/** DetourOptions say how `detour serve` is started. */
export interface DetourOptions {
  /** A rules file; without it the embedded default. */
  readonly rulesFile?: string;
  /** Further arguments of `serve`. */
  readonly args?: readonly string[];
  /** A certificate from files; without it a self-signed one. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly ca: string };
  /** The webhook's port; without it a free one. */
  readonly port?: number;
}

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Detour is a `detour serve` that is ready. */
export interface Detour {
  /** The URL that the API server calls. */
  readonly webhook: string;
  readonly port: number;
  readonly health: string;
  /** What its certificate is checked with, as a PEM file. */
  readonly caFile: string;
  readonly process: Running;
  logs(): LogLine[];
  /**
   * The lines about a Pod of this name, once there are as many as that: they are written in
   * batches.
   */
  logsAbout(name: string, count: number): Promise<LogLine[]>;
  /**
   * The value of one metric line, as `name` or `name{label="x"}`; undefined where there is none.
   */
  metric(line: string): Promise<number | undefined>;
}

/** Starts `detour serve` on free ports of 127.0.0.1. Returns when it is ready. */
export async function startDetour(options: DetourOptions = {}): Promise<Detour> {
  const program = runServe(options);
  const logs = () => program.lines().flatMap(parseLogLine);
  const ready = await untilReady(
    'detour is ready',
    program,
    () => logs().find(({ msg }) => msg === 'ready'),
    15,
  );
  const webhook = String(ready.webhook);
  const health = String(ready.health);
  return {
    webhook,
    port: Number(new URL(webhook).port),
    health,
    caFile: writeScratch('ca.pem', options.tls?.ca ?? (await textOf(`${health}/ca.crt`))),
    process: program,
    logs,
    logsAbout: (name, count) =>
      until(`${count} log lines about ${name}`, () => {
        const lines = logs().filter((line) => line.name === name);
        return lines.length >= count && lines;
      }),
    metric: async (line) => metricIn(await textOf(`${health}/metrics`), line),
  };
}

function runServe({ rulesFile, args = [], tls, port = 0 }: DetourOptions): Running {
  const log = join(scratchFolder('detour'), 'detour.log');
  return start(
    process.execPath,
    [
      detourProgram,
      ...(rulesFile ? ['--rules', rulesFile] : []),
      'serve',
      '--listen',
      `127.0.0.1:${port}`,
      '--health-listen',
      '127.0.0.1:0',
      '--log-format',
      'json',
      ...(tls ? ['--tls-cert', tls.certFile, '--tls-key', tls.keyFile] : []),
      ...args,
    ],
    log,
  );
}

/** Reports whether /readyz answers 200; false if nobody answers. */
export async function isReady(detour: Pick<Detour, 'health'>): Promise<boolean> {
  const answer = await fetch(`${detour.health}/readyz`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok ?? false;
}

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

function parseLogLine(line: string): LogLine[] {
  try {
    return [JSON.parse(line) as LogLine];
  } catch {
    return []; // the end of a line that is being written
  }
}

function metricIn(metrics: string, line: string): number | undefined {
  const found = metrics.split('\n').find((each) => each.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length));
}
