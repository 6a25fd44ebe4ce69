import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../rig/process.ts';
import type { Cluster } from './cluster.ts';

/** The chart's folder. */
export const chart = join(import.meta.dirname, '../../../deploy/chart');

/** Values are values of the chart. */
export type Values = Readonly<Record<string, unknown>>;

/** ProductPod is a Pod of the product, as far as the tests look into it. */
export interface ProductPod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly podIP: string;
    /** Missing until the Pod has a node. */
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime: string;
    }[];
    readonly containerStatuses: readonly {
      readonly containerID: string;
      readonly restartCount: number;
      readonly state: { readonly running?: { readonly startedAt: string } };
    }[];
  };
}

/** LogLine is a line of the product's log. */
export interface LogLine {
  /** As ISO 8601, with milliseconds. */
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Product is a release of the chart, in a namespace that accepts nothing but restricted Pods. */
export class Product {
  /** The name of its Deployment, Service and MutatingWebhookConfiguration. */
  readonly name: string;
  readonly namespace: string;
  readonly #cluster: Cluster;
  readonly #base: Values;

  /** `base`: what every revision of it has. The release is called `name`, as all that it makes. */
  constructor(cluster: Cluster, namespace: string, base: Values = {}, name = 'image-detour') {
    this.#cluster = cluster;
    this.namespace = namespace;
    this.name = name;
    const [repository, tag] = splitTag(cluster.address.productImage);
    this.#base = { image: { repository, tag }, fullnameOverride: name, ...base };
  }

  async install(values: Values = {}): Promise<void> {
    await this.installOnly(values);
    await this.isAsked();
    const { webhook } = { ...this.#base, ...values } as { webhook?: { failurePolicy?: string } };
    if (webhook?.failurePolicy !== 'Fail') return;
    await until('failurePolicy is Fail', async () => {
      // A Pod that another release has rewritten may not have come to this one.
      await this.isAsked();
      return (await this.failurePolicy()) === 'Fail';
    });
  }

  /** Returns when its registration has this failurePolicy: a replica raises it to `Fail`. */
  async hasPolicy(policy: string, seconds?: number): Promise<void> {
    const isSo = async () => (await this.failurePolicy()) === policy;
    await until(`failurePolicy is ${policy}`, isSo, seconds);
  }

  /**
   * Replaces the caBundle of its registration, and returns the new one in base64: it may be repaired
   * before anybody can look.
   */
  async setCaBundle(bundle: string): Promise<string> {
    const value = Buffer.from(bundle).toString('base64');
    const path = '/webhooks/0/clientConfig/caBundle';
    const patch = JSON.stringify([{ op: 'replace', path, value }]);
    const patched = ['mutatingwebhookconfiguration', this.name, '--type=json', '--patch', patch];
    const output = '--output=jsonpath={.webhooks[0].clientConfig.caBundle}';
    return this.#cluster.kubectl(['patch', ...patched, output]);
  }

  /** Returns when `helm install --wait` does. */
  async installOnly(values: Values = {}): Promise<void> {
    await this.#cluster.createNamespace(this.namespace, 'restricted');
    await this.#release('install', values);
  }

  async upgrade(values: Values = {}): Promise<void> {
    await this.#release('upgrade', values);
  }

  /** Installs it without waiting for its replicas. */
  async helmInstall(): Promise<void> {
    await this.#release('install', {}, []);
  }

  /** Upgrades it without waiting for its replicas. */
  async helmUpgrade(values: Values = {}): Promise<void> {
    await this.#release('upgrade', values, []);
  }

  async rollback(revision: number): Promise<void> {
    await this.helm('rollback', this.name, String(revision), '--wait');
  }

  async uninstall(): Promise<void> {
    await this.helm('uninstall', this.name, '--wait');
  }

  helm(...args: readonly string[]): Promise<string> {
    return this.#cluster.helm([...args, '--namespace', this.namespace]);
  }

  /** The manifests that the chart renders with these values, without hooks. */
  manifests(values: Values): Promise<string> {
    const args = ['template', this.name, chart, '--no-hooks', '--namespace', this.namespace];
    return this.#cluster.helm([...args, '--values', '-'], { input: this.valuesText(values) });
  }

  /** All values of a revision that has these, as text for Helm. */
  valuesText(values: Values): string {
    return JSON.stringify({ ...this.#base, ...values });
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.#cluster.kubectl(['--namespace', this.namespace, ...args]);
  }

  /** Its Pods; those on their way out as well. */
  async pods(): Promise<readonly ProductPod[]> {
    const { items } = await this.#cluster.get<{ items: ProductPod[] }>(
      'pods',
      '--namespace',
      this.namespace,
      '--selector',
      'app.kubernetes.io/component=webhook',
    );
    return items;
  }

  /** Its Pods, when there are so many, and no more, and all are ready. */
  readyPods(count: number): Promise<readonly ProductPod[]> {
    return until(
      `${count} ready Pods`,
      async () => {
        const pods = await this.pods();
        if (pods.length === count && pods.every(isReady)) return pods;
        // To ask is work for a machine that may be under load.
        await sleep(500);
        return undefined;
      },
      90,
    );
  }

  /** A metric of a Pod, by its name and labels as they are exposed. */
  async metric({ metadata }: ProductPod, name: string): Promise<number | undefined> {
    const path = `/api/v1/namespaces/${this.namespace}/pods/${metadata.name}:8081/proxy/metrics`;
    const lines = (await this.#cluster.kubectl(['get', '--raw', path])).split('\n');
    const line = lines.find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length));
  }

  /** The lines that a Pod has logged, as objects. */
  async logOf({ metadata }: ProductPod): Promise<readonly LogLine[]> {
    const text = await this.kubectl('logs', metadata.name);
    return text.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as LogLine)));
  }

  /** The failurePolicy of its registration. */
  async failurePolicy(): Promise<string> {
    const path = '--output=jsonpath={.webhooks[0].failurePolicy}';
    return this.#cluster.kubectl(['get', 'mutatingwebhookconfiguration', this.name, path]);
  }

  /** Replaces the text of its rules, past Helm. As an argument of a patch it might be too long. */
  async editRules(text: string): Promise<void> {
    const place = ['--namespace', this.namespace];
    const found = await this.#cluster.get<object>(`configmap/${this.name}-rules`, ...place);
    const input = JSON.stringify({ ...found, data: { 'detour.yaml': text } });
    await this.#cluster.kubectl(['replace', '-f', '-'], { input });
  }

  /** Replaces its Pods one after the other. */
  async restart(): Promise<void> {
    const deployment = `deployment/${this.name}`;
    await this.kubectl('rollout', 'restart', deployment);
    await this.kubectl('rollout', 'status', deployment, '--timeout=90s');
  }

  async scale(replicas: number): Promise<void> {
    await this.kubectl('scale', `deployment/${this.name}`, `--replicas=${replicas}`);
    await this.readyPods(replicas);
  }

  /** The process of a Pod, in the cluster's namespaces. */
  async processOf({ status }: ProductPod): Promise<number> {
    const id = status.containerStatuses[0]?.containerID.replace('containerd://', '') ?? '';
    const tasks = await this.#cluster.inside(['ctr', '--namespace', 'k8s.io', 'tasks', 'list']);
    const [, pid] = new RegExp(`^${id}\\s+(\\d+)\\s+RUNNING`, 'm').exec(tasks) ?? [];
    if (pid === undefined) throw new Error(`${id} does not run:\n${tasks}`);
    return Number(pid);
  }

  /** Returns when the API server asks it. */
  async isAsked(): Promise<void> {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'probe', namespace: 'default' },
      spec: { containers: [{ name: 'app', image: 'direct.to/probe:1' }] },
    };
    await until('the webhook is asked', async () => {
      // With failurePolicy Fail it is refused until then.
      const { spec } = await this.#cluster.admit(pod).catch(() => pod);
      return spec.containers[0]?.image === 'probe:1';
    });
  }

  async #release(
    verb: 'install' | 'upgrade',
    values: Values,
    more: readonly string[] = ['--wait'],
  ): Promise<void> {
    const args = [this.name, chart, '--namespace', this.namespace, '--values', '-', ...more];
    await this.#cluster.helm([verb, ...args], { input: this.valuesText(values) });
  }
}

function isReady({ metadata, status }: ProductPod): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && ready?.status === 'True';
}

function splitTag(reference: string): [string, string] {
  const colon = reference.lastIndexOf(':');
  return [reference.slice(0, colon), reference.slice(colon + 1)];
}
