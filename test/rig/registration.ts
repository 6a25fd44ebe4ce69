import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import { type Detour, type DetourOptions, detourProgram, startDetour } from './detour.ts';
import { type Kubernetes, webhooksPath } from './kubernetes.ts';
import { imageOf, type KubernetesObject, podWith } from './kubernetes-object.ts';
import { until } from './process.ts';

/** Webhook is an entry of a MutatingWebhookConfiguration, as far as the tests look into it. */
export interface Webhook {
  readonly name: string;
  readonly clientConfig: { readonly url?: string; readonly caBundle?: string };
  readonly failurePolicy?: 'Ignore' | 'Fail';
  readonly admissionReviewVersions?: readonly string[];
  readonly matchConditions?: readonly object[] | undefined;
  readonly [field: string]: unknown;
}

/** WebhookConfiguration is a MutatingWebhookConfiguration. */
export interface WebhookConfiguration extends KubernetesObject {
  readonly webhooks: readonly Webhook[];
}

/** DeployOptions say how `detour serve` is started and registered. */
export interface DeployOptions extends DetourOptions {
  /** Options of `detour webhook`. */
  readonly registration?: readonly string[];
  /** What is changed in the configuration that `detour webhook` prints; nothing by default. */
  readonly edit?: Partial<Webhook>;
}

/** Deployment is a `detour serve` that the API server asks. */
export interface Deployment {
  readonly detour: Detour;
  undeploy(): Promise<void>;
}

/** Starts `detour serve` and registers it. Returns when the API server asks it. */
export async function deploy(
  kubernetes: Kubernetes,
  { edit = {}, registration = [], ...options }: DeployOptions = {},
): Promise<Deployment> {
  const detour = await startDetour(options);
  try {
    const unregister = await register(
      kubernetes,
      changed(printConfiguration(detour.webhook, detour.caFile, registration), edit),
    );
    const undeploy = async () => {
      await unregister();
      await detour.process.stop('SIGKILL');
    };
    return { detour, undeploy };
  } catch (error) {
    await detour.process.stop('SIGKILL');
    throw error;
  }
}

/** Returns what `detour webhook` prints, parsed. */
export function printConfiguration(
  url: string,
  caFile: string,
  options: readonly string[] = [],
): WebhookConfiguration {
  const text = runWebhookCommand(['--url', url, '--ca-bundle', caFile, ...options]);
  return parse(text) as WebhookConfiguration;
}

/** Runs `detour webhook` with these arguments, and returns what it prints. */
export function runWebhookCommand(args: readonly string[]): string {
  return execFileSync(process.execPath, [detourProgram, 'webhook', ...args], { encoding: 'utf8' });
}

/** Returns the configuration with the same edit in each of its webhooks. */
export function changed(
  configuration: WebhookConfiguration,
  edit: Partial<Webhook>,
): WebhookConfiguration {
  return {
    ...configuration,
    webhooks: configuration.webhooks.map((webhook) => ({ ...webhook, ...edit })),
  };
}

/** Returns when the API server asks the webhook, and gives what ends that (and waits for it). */
export async function register(
  kubernetes: Kubernetes,
  configuration: WebhookConfiguration,
): Promise<() => Promise<void>> {
  await kubernetes.create(webhooksPath, configuration);
  const unregister = async () => {
    await kubernetes.delete(`${webhooksPath}/${configuration.metadata.name}`);
    await until('the webhook is no longer asked', async () => !(await isAsked(kubernetes)));
  };
  try {
    await until('the webhook is asked', () => isAsked(kubernetes));
  } catch (error) {
    await unregister();
    throw error;
  }
  return unregister;
}

/**
 * The image of the probe stays as it is written only if nobody is asked: no test's rules keep it.
 */
async function isAsked(kubernetes: Kubernetes): Promise<boolean> {
  const probe = podWith('direct.to/probe:1');
  return kubernetes.createPod('default', probe, { dryRun: true }).then(
    (answer) => imageOf(answer) !== imageOf(probe),
    // Where exits is none, a rule may deny the probe. Another error means that the webhook cannot
    // be reached.
    ({ message }: Error) => message.includes('denied the request'),
  );
}
