import { UsageError } from '../../../terminal.ts';

/** JobFlags are the options of `detour sync` about Jobs of Kubernetes, as they are written. */
export interface JobFlags {
  readonly printJob?: boolean;
  readonly jobStatus?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly shards?: string;
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly registrySecret?: string;
  readonly serviceAccount?: string;
  readonly env?: readonly string[];
}

/** Throws UsageError if options about Jobs are used without `--print-job` and `--job-status`. */
export function requireNoJobOptions(options: JobFlags): void {
  const { shards, schedule, timeZone, name, image, registrySecret, serviceAccount } = options;
  const given = Object.entries({
    '--shards': shards,
    '--schedule': schedule,
    '--time-zone': timeZone,
    '--name': name,
    '--namespace': options.namespace,
    '--image': image,
    '--registry-secret': registrySecret,
    '--service-account': serviceAccount,
    '--env': options.env,
  }).filter(([, value]) => value !== undefined);
  for (const option of ['context', 'kubeconfig'] as const)
    if (options[option] !== undefined)
      throw new UsageError(`--${option} is for --job-status: add that`);
  const [option] = given[0] ?? [];
  if (option !== undefined) throw new UsageError(`${option} is for --print-job: add that`);
}
