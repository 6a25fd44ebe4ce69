import type { Outcome } from '../../../mirror/outcome.ts';
import { type EcrRegistry, ecrRegistry } from '../../../reference/ecr-registry.ts';
import { formatBytes } from './text.ts';

/**
 * Says for each Amazon ECR how much was uploaded that it had in another repository, and how its
 * account lets blobs be mounted. Other registries decide that for themselves.
 */
export function mountingAdvice(outcomes: readonly Outcome[]): string[] {
  const bytes = new Map<string, number>();
  for (const { planned, unmounted } of outcomes) {
    const { registry } = planned.destination.repository;
    if (unmounted > 0) bytes.set(registry, (bytes.get(registry) ?? 0) + unmounted);
  }
  return [...bytes].flatMap(([host, count]) => {
    const ecr = ecrRegistry(host);
    return ecr === undefined ? [] : advice(ecr, count);
  });
}

function advice({ host, region }: EcrRegistry, bytes: number): string {
  return `note: ${formatBytes(bytes)} were uploaded that ${host} had in another repository; let it mount them: aws ecr put-account-setting --region ${region} --name BLOB_MOUNTING --value ENABLED\n`;
}
