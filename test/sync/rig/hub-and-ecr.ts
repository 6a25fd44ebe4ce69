import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type FakeDockerHub, startDockerHub } from '../../rig/registry/docker-hub.ts';
import { type FakeEcr, startEcr } from '../../rig/registry/ecr/ecr.ts';
import { type FakeInternet, startInternet } from '../../rig/registry/internet.ts';
import { runDetour } from '../../support/run-detour.ts';

/** HubAndEcr is Docker Hub and an Amazon ECR in China, and a folder for a rules file. */
export interface HubAndEcr {
  readonly folder: string;
  readonly internet: FakeInternet;
  readonly hub: FakeDockerHub;
  readonly ecr: FakeEcr;
  /** Writes the rules file, `detour.yaml`. */
  rules(text: string): void;
  /** Runs a command with the rules file. */
  detour(args: readonly string[], stdin?: string): ReturnType<typeof runDetour>;
  close(): Promise<void>;
}

/** Starts both registries. Until they are closed, the AWS SDK of this process finds the ECR. */
export async function startHubAndEcr(): Promise<HubAndEcr> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-and-ecr-'));
  const internet = await startInternet(folder);
  const hub = await startDockerHub(internet);
  const ecr = await startEcr(internet, { region: 'cn-northwest-1' });
  for (const [name, value] of Object.entries(ecr.environment)) vi.stubEnv(name, value);
  const rulesFile = join(folder, 'detour.yaml');
  const env = { HOME: folder, DOCKER_CONFIG: folder, ...internet.environment };
  return {
    folder,
    internet,
    hub,
    ecr,
    rules: (text) => writeFileSync(rulesFile, text),
    detour: (args, stdin = '') => runDetour(['--rules', rulesFile, ...args], { stdin, env }),
    close: async () => {
      await ecr.close();
      await internet.close();
      rmSync(folder, { recursive: true });
      vi.unstubAllEnvs();
    },
  };
}
