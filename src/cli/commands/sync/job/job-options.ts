import type { Command } from 'commander';
import { requireName } from '../../../input/kubernetes-name.ts';
import { UsageError } from '../../../terminal.ts';
import { version } from '../../../version.ts';
import type { SyncOptions } from '../options.ts';
import { requireShards } from '../shard-option.ts';

/** The name of what `--print-job` prints, unless `--name` gives another. */
const defaultName = 'detour-sync';
/** The names of Jobs and their Pods are longer. */
const maxName = 40;

/** Adds the options about Jobs of Kubernetes to `detour sync`. */
export function addJobOptions(command: Command): Command {
  return command
    .option(
      '--print-job',
      'print a Kubernetes Job that fills the mirror, with its rules and lists, for kubectl apply',
    )
    .option(
      '--job-status <name>',
      'report how far a Job is, or the newest Job of a CronJob, with kubectl; copy nothing',
    )
    .option('--context <name>', 'with --job-status: the context of the kubeconfig')
    .option('--kubeconfig <file>', 'with --job-status: the kubeconfig that kubectl reads')
    .option('--shards <n>', 'with --print-job: how many Pods share the work (default: 1)')
    .option('--schedule <cron>', 'with --print-job: print a CronJob, such as "0 3 * * *"')
    .option('--time-zone <zone>', 'with --schedule: its time zone, such as Asia/Shanghai')
    .option('--name <name>', `with --print-job: the name of the objects (default: ${defaultName})`)
    .option('-n, --namespace <name>', 'with --print-job and --job-status: the namespace of the Job')
    .option('--image <reference>', `with --print-job: the image (default: image-detour:${version})`)
    .option(
      '--registry-secret <name>',
      'with --print-job: a Secret of type kubernetes.io/dockerconfigjson with the logins',
    )
    .option(
      '--service-account <name>',
      'with --print-job: a service account of your own, such as one with a role for Amazon ECR',
    )
    .option(
      '--env <name=value...>',
      'with --print-job: environment variables, such as HTTPS_PROXY=http://proxy.example.com:3128',
    );
}

/** JobOptions say which Job is printed. */
export interface JobOptions {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly image: string;
  readonly shards: number;
  /** Undefined for a Job that runs once. */
  readonly schedule: { readonly cron: string; readonly timeZone: string | undefined } | undefined;
  readonly registrySecret: string | undefined;
  /** Undefined for an account that is printed as well, and has no rights. */
  readonly serviceAccount: string | undefined;
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** Checks the options of `--print-job`. */
export function readJobOptions(options: SyncOptions): JobOptions {
  for (const [option, value] of Object.entries(notForJobs(options)))
    if (value !== undefined) throw new UsageError(`${option} is not for --print-job: leave it out`);
  const { name = defaultName, namespace, registrySecret, serviceAccount } = options;
  const optionalName = (option: string, text: string | undefined) =>
    text === undefined ? undefined : requireName(option, text);
  if (requireName('--name', name).length > maxName || name.includes('.'))
    throw new UsageError(`--name takes at most ${maxName} characters without dots`);
  const { image = `image-detour:${version}` } = options;
  if (!/^[\w][\w./:@+-]*$/.test(image))
    throw new UsageError(`--image takes the reference of an image, not "${image}"`);
  return {
    name,
    namespace: optionalName('--namespace', namespace),
    image,
    shards: requireShards(options.shards ?? '1'),
    schedule: readSchedule(options),
    registrySecret: optionalName('--registry-secret', registrySecret),
    serviceAccount: optionalName('--service-account', serviceAccount),
    env: (options.env ?? []).map(readVariable),
  };
}

function notForJobs(options: SyncOptions): Readonly<Record<string, unknown>> {
  const { plan, check, json, unlisted, failed, report, metrics, shard } = options;
  return {
    '--plan': plan,
    '--check': check,
    '--json': json,
    '--unlisted': unlisted,
    '--failed': failed,
    '--report': report,
    '--metrics': metrics,
    '--shard': shard,
    '--termination-message': options.terminationMessage,
    '--to': options.to,
    '--from': options.from,
    '--since': options.since,
    '--max-archive-size': options.maxArchiveSize,
    '--job-status': options.jobStatus,
    '--context': options.context,
    '--kubeconfig': options.kubeconfig,
  };
}

/** Whoever may read the Job, or the file that it is printed to, reads these. */
const secretName = /password|secret|token|access_key/i;

function readVariable(text: string): JobOptions['env'][number] {
  const [, name = '', value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new UsageError('--env takes NAME=VALUE, such as NO_PROXY=.example.com');
  if (secretName.test(name) || /:\/\/[^/@]*:[^/@]*@/.test(value))
    throw new UsageError(
      `--env: ${name} would be printed: take the secret out, and add a reference to a Secret to what is printed`,
    );
  return { name, value };
}

function readSchedule({ schedule: cron, timeZone }: SyncOptions): JobOptions['schedule'] {
  if (cron === undefined) {
    if (timeZone !== undefined) throw new UsageError('--time-zone needs --schedule');
    return undefined;
  }
  if (!/^(@[a-z]+|[^\s@=]+( [^\s=]+){4})$/.test(cron))
    throw new UsageError(
      `--schedule takes five fields such as "0 3 * * *" (03:00 each day), not "${cron}"`,
    );
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new UsageError(`--time-zone takes a name such as Asia/Shanghai, not "${timeZone}"`);
  return { cron, timeZone };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Z][A-Za-z_]*(\/[A-Za-z_+\-0-9]+)*$/.test(name);
  } catch {
    return false;
  }
}
