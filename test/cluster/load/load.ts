import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../../rig/process.ts';
import { startBundled } from '../rig/bundled-program.ts';
import type { Cluster } from '../rig/cluster.ts';
import type { Count, LoadOptions, LoadReport } from './report.ts';

/**
 * How long each disturbance is under load at least, in seconds: 60 for figures that are published.
 */
const loadSeconds = Number(process.env.CLUSTER_LOAD_SECONDS ?? 10);

type Wanted = Pick<LoadOptions, 'configuration' | 'namespace' | 'image'> &
  Partial<LoadOptions> & { readonly seconds?: number };

/**
 * Runs what disturbs while 200 Pods a second are admitted, beside them 20 on fresh connections,
 * from two seconds before it to two seconds after.
 */
export async function underLoad(
  cluster: Cluster,
  { seconds = loadSeconds, ...options }: Wanted,
  disturb: () => Promise<void>,
): Promise<LoadReport> {
  const generator = await startGenerator(cluster, options);
  const least = sleep(seconds * 1_000);
  let report: LoadReport;
  try {
    await sleep(2_000);
    await disturb();
    await sleep(2_000);
    await least;
  } finally {
    report = await generator.stop();
  }
  return report;
}

let generators = 0;

async function startGenerator(
  cluster: Cluster,
  options: Pick<LoadOptions, 'configuration' | 'namespace' | 'image'>,
): Promise<{ stop(): Promise<LoadReport> }> {
  const name = `load-${process.pid}-${generators++}`;
  const { kubeconfig } = cluster.address;
  const argument: LoadOptions = { kubeconfig, perSecond: 200, freshEvery: 10, ...options };
  const entry = join(import.meta.dirname, 'generator.ts');
  const generator = await startBundled(cluster, { name, entry, argument });
  return {
    async stop() {
      await generator.stop();
      return readReport(generator.running);
    },
  };
}

function readReport(generator: Running): LoadReport {
  const lines = generator.lines().filter((line) => line !== '');
  try {
    return JSON.parse(lines.at(-1) ?? '') as LoadReport;
  } catch {
    throw new Error(`the load generator did not report: ${lines.join('\n')}`);
  }
}

/** Returns one line on what was measured, for people who read the log of a run. */
export function summary(what: string, { seconds, admissions, fresh, ...rest }: LoadReport): string {
  const { apiServerUnreachable, apiServerMessages } = rest;
  const away =
    apiServerUnreachable > 0
      ? `; API server asked again ${apiServerUnreachable} times: ${JSON.stringify(apiServerMessages)}`
      : '';
  return `${what}: ${seconds} s; ${describeCount(admissions)}; fresh connections: ${describeCount(fresh)}${away}`;
}

function describeCount({
  sent,
  failed,
  unRewritten,
  late,
  p50,
  p99,
  longest,
  messages,
}: Count): string {
  const counts = `${failed} failed, ${unRewritten} un-rewritten of ${sent}, ${late} late, p50 ${p50} ms, p99 ${p99} ms, longest ${longest} ms`;
  return failed > 0 ? `${counts} ${JSON.stringify(messages)}` : counts;
}
