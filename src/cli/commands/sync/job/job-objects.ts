import { createHash } from 'node:crypto';
import { type JobFile, packFiles } from './job-files.ts';
import type { JobOptions } from './job-options.ts';
import { podTemplate } from './job-pod.ts';

/** Has the name of the Job's owner: the same for all Jobs of a name, and for what belongs to them. */
export const jobLabel = 'image-detour/sync';

/** How often a shard is started again that left something out. */
const retries = 3;
/** In seconds. A CronJob that must not run twice at once would wait for a run without end. */
const deadline = 24 * 3600;
const keptFor = 7 * 24 * 3600;
/** A run that could not begin in time is left out, in seconds. */
const startingDeadline = 3600;

/** JobContent is what the Pods of a Job run. */
export interface JobContent {
  readonly options: JobOptions;
  readonly files: readonly JobFile[];
  /** What follows `detour sync`, as the container has it. */
  readonly args: readonly string[];
}

/** Builds what the API server needs to know, in the order in which it needs it. */
export function buildJob({ options, files, args }: JobContent): readonly object[] {
  const { schedule } = options;
  const volumes = packFiles(files);
  const name =
    schedule === undefined ? `${options.name}-${hashOf({ options, volumes, args })}` : options.name;
  const configMaps = volumes.map(({ items, ...data }, index) => ({
    name: `${name}-${index}`,
    data,
    items,
  }));
  const template = podTemplate({ options, args, configMaps, labels: labelsOf(options) });
  const spec = jobSpec(options, template);
  return [
    ...configMaps.map((one) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadataOf(options, one.name),
      ...one.data,
    })),
    ...accountOf(options),
    networkPolicy(options),
    schedule === undefined
      ? {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: metadataOf(options, name),
          spec: { ...spec, ttlSecondsAfterFinished: keptFor },
        }
      : cronJob(options, spec),
  ];
}

/** A Job cannot be changed, so other content needs another name. */
function hashOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
}

function labelsOf({ name }: JobOptions): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'image-detour',
    'app.kubernetes.io/component': 'sync',
    [jobLabel]: name,
  };
}

function metadataOf(options: JobOptions, name: string): object {
  return { name, namespace: options.namespace, labels: labelsOf(options) };
}

function accountOf(options: JobOptions): readonly object[] {
  if (options.serviceAccount !== undefined) return [];
  const account = { apiVersion: 'v1', kind: 'ServiceAccount' };
  const metadata = metadataOf(options, options.name);
  return [{ ...account, metadata, automountServiceAccountToken: false }];
}

/** Registries may be anywhere and at any port, so only what comes in can be closed. */
function networkPolicy(options: JobOptions): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(options, options.name),
    spec: {
      podSelector: { matchLabels: { [jobLabel]: options.name } },
      policyTypes: ['Ingress', 'Egress'],
      egress: [{}],
    },
  };
}

function jobSpec({ shards }: JobOptions, template: object): object {
  return {
    completionMode: 'Indexed',
    completions: shards,
    parallelism: shards,
    backoffLimitPerIndex: retries,
    podFailurePolicy: {
      rules: [
        // Wrong options, rules or lists are wrong for all shards, however often they are tried.
        {
          action: 'FailJob',
          onExitCodes: { containerName: 'sync', operator: 'In', values: [2] },
        },
        // A node that is drained is not the fault of the run.
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ],
    },
    activeDeadlineSeconds: deadline,
    template,
  };
}

function cronJob(options: JobOptions, spec: object): object {
  const { schedule, name } = options;
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadataOf(options, name),
    spec: {
      schedule: schedule?.cron,
      timeZone: schedule?.timeZone,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: startingDeadline,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: { metadata: { labels: labelsOf(options) }, spec },
    },
  };
}
