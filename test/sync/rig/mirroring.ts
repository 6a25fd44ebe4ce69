import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedRequest } from '../../rig/registry/exchange.ts';
import type { Quirks } from '../../rig/registry/quirks.ts';
import { type FakeRegistry, startRegistry } from '../../rig/registry/registry.ts';
import { runDetour } from '../../support/run-detour.ts';

/** Mirroring is an origin, a mirror, and rules that send the images of one to the other. */
export interface Mirroring {
  readonly origin: FakeRegistry;
  readonly mirror: FakeRegistry;
  readonly folder: string;
  /**
   * Writes the rules file: entries of `rules`, in which ORIGIN and MIRROR are the hosts, other keys,
   * and entries of `registries`.
   */
  rules(rules: string, more?: string, registries?: string): void;
  /** Runs `detour sync` with the arguments; ORIGIN and MIRROR are the hosts in `stdin`. */
  sync(args: readonly string[], stdin?: string, env?: NodeJS.ProcessEnv): Promise<Run>;
  /** Replaces the hosts in an output by ORIGIN and MIRROR. */
  named(text: string): string;
  close(): Promise<void>;
}

/** Run is what a command printed. */
interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts both registries. Their images go to `MIRROR/copies`. */
export async function startMirroring(quirks: Quirks = {}): Promise<Mirroring> {
  const folder = mkdtempSync(join(tmpdir(), 'mirroring-'));
  const origin = await startRegistry();
  const mirror = await startRegistry({ quirks });
  const file = join(folder, 'detour.yaml');
  const filledIn = (text: string) =>
    text.replaceAll('ORIGIN', origin.host).replaceAll('MIRROR', mirror.host);
  const rules = (entries: string, more = '', registries = '') =>
    writeFileSync(
      file,
      filledIn(`version: 1
registries:
  ORIGIN: {plainHttp: true}
  MIRROR: {plainHttp: true}
${registries}
rules:
${entries}
${more}`),
    );
  rules('- {from: ORIGIN, to: MIRROR/copies}');
  const named = (text: string) =>
    text.replaceAll(origin.host, 'ORIGIN').replaceAll(mirror.host, 'MIRROR');
  return {
    origin,
    mirror,
    folder,
    rules,
    named,
    sync: async (args, stdin = '', env = {}) => {
      const isolated = { HOME: folder, DOCKER_CONFIG: folder, ...env };
      const run = await runDetour(['--rules', file, 'sync', ...args], {
        stdin: filledIn(stdin),
        env: isolated,
      });
      return { ...run, stdout: named(run.stdout), stderr: named(run.stderr) };
    },
    close: async () => {
      await Promise.all([origin.close(), mirror.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Counts requests by method. */
export function countByMethod(requests: readonly RecordedRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method } of requests) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}
