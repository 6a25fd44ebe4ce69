import { stat } from 'node:fs/promises';
import { readRegularFileWithin } from '../../../../file/read-within.ts';
import { type Terminal, UsageError } from '../../../terminal.ts';
import type { SyncOptions } from '../options.ts';
import { requireWritable, saveFile } from '../saved-file.ts';
import { escapeControl } from '../text.ts';
import { PushGateway } from './push-gateway.ts';
import type { RunMetrics } from './run-metrics.ts';

/** More than the metrics of any run, in bytes. */
const maxFile = 1024 * 1024;

/** MetricsPublisher passes the metrics of a run on to Prometheus. */
export interface MetricsPublisher {
  readonly metrics: RunMetrics;
  /** Publishes the metrics, and warns if that fails: what was copied is at the mirror anyway. */
  publish(exitCode: number): Promise<void>;
}

/**
 * Prepares what `--metrics` and `--push-gateway` ask for; undefined if that is nothing.
 *
 * @throws UsageError if the file or the URL is wrong
 */
export async function prepareMetrics(
  { metrics: file, pushGateway }: SyncOptions,
  { env, stderr }: Terminal,
): Promise<MetricsPublisher | undefined> {
  await requireWritable('--metrics', file);
  if (file !== undefined) await requireMetrics(file);
  const gateway = pushGateway === undefined ? undefined : new PushGateway(pushGateway, env);
  if (file === undefined && gateway === undefined) return undefined;
  // prom-client is loaded only by runs that need it.
  const { RunMetrics } = await import('./run-metrics.ts');
  const metrics = new RunMetrics();
  const warn = (what: string, error: unknown) =>
    stderr.write(
      `detour: warning: the metrics are not at ${what}: ${escapeControl((error as Error).message)}\n`,
    );
  const publish = async (exitCode: number) => {
    if (file !== undefined)
      await writeTextfile(file, metrics, exitCode).catch((e) => warn(file, e));
    if (gateway === undefined) return;
    const text = await metrics.format({ exitCode, lastComplete: undefined });
    await gateway.push(text, exitCode === 0).catch((error) => warn(gateway.url.href, error));
  };
  return { metrics, publish };
}

/**
 * Throws UsageError if a file holds something else. Metrics are written however the run ends, so also
 * before it is known which files the rules name.
 */
async function requireMetrics(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size === 0) return;
  const before = await readRegularFileWithin(file, maxFile).catch(() => '');
  if (before.startsWith('# HELP ')) return;
  throw new UsageError(
    `--metrics: ${file} holds something other than metrics: name another file, or remove it`,
  );
}

/**
 * Writes the file that the textfile collector of Prometheus' node exporter reads. It never reads a
 * part of it, and the time of the last complete run stays if this one is not.
 */
async function writeTextfile(file: string, metrics: RunMetrics, exitCode: number): Promise<void> {
  const before = await readRegularFileWithin(file, maxFile).catch(() => '');
  const lastComplete = metrics.lastCompleteIn(before);
  await saveFile(file, await metrics.format({ exitCode, lastComplete }));
}
