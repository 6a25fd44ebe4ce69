import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../rig/process.ts';
import type { Cluster } from './cluster.ts';

const chart = join(import.meta.dirname, '../../../deploy/chart');

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

/** Product is a release of the chart, in a namespace that accepts nothing but restricted Pods. */
export class Product {
  /** The release's name, and that of its Deployment, Service and MutatingWebhookConfiguration. */
  readonly name = 'image-detour';
  readonly namespace: string;
  readonly #cluster: Cluster;
  readonly #base: Values;

  /** `base`: what every revision of it has. */
  constructor(cluster: Cluster, namespace: string, base: Values = {}) {
    this.#cluster = cluster;
    this.namespace = namespace;
    const [repository, tag] = splitTag(cluster.address.productImage);
    this.#base = { image: { repository, tag }, ...base };
  }

  async install(values: Values = {}): Promise<void> {
    await this.#cluster.createNamespace(this.namespace, 'restricted');
    await this.#release('install', values);
    await this.isAsked();
  }

  async upgrade(values: Values = {}): Promise<void> {
    await this.#release('upgrade', values);
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

  async #release(verb: 'install' | 'upgrade', values: Values): Promise<void> {
    const args = [this.name, chart, '--namespace', this.namespace, '--values', '-', '--wait'];
    await this.#cluster.helm([verb, ...args], {
      input: JSON.stringify({ ...this.#base, ...values }),
    });
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
