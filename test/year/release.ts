import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { image, mirrored } from '../cluster/load/disturb.ts';
import type { Cluster } from '../cluster/rig/cluster.ts';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { chart, type Product, type Values } from '../cluster/rig/product.ts';
import { imageOf, type Pod } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { disown } from './ownership.ts';

/** ReleaseValues are values of the chart that drills read and change. */
export interface ReleaseValues extends Values {
  readonly webhook: { readonly failurePolicy: 'Ignore' | 'Fail' };
  readonly rules: { readonly content: { readonly rules: readonly Rule[] } & Values };
}

interface Rule {
  readonly from: string;
  readonly to: string;
}

/** Release is the installation, and what one drill leaves to the next: its values. */
export class Release {
  readonly cluster: Cluster;
  readonly product: Product;
  /** What it has besides what every revision has; drills change it for good. */
  values: ReleaseValues;
  #revision = 0;

  constructor(cluster: Cluster, product: Product, values: ReleaseValues) {
    this.cluster = cluster;
    this.product = product;
    this.values = values;
  }

  get failurePolicy(): 'Ignore' | 'Fail' {
    return this.values.webhook.failurePolicy;
  }

  /** Upgrades it to its values; `more` are for this revision only. */
  async upgrade(more: Values = {}): Promise<void> {
    await this.product.upgrade({ ...this.values, ...more });
  }

  /** Upgrades it in a way that replaces its Pods. */
  async upgradePods(): Promise<void> {
    this.#changePods();
    await this.upgrade();
  }

  /** Does the same by Helm 3. */
  async upgradeByHelm3(): Promise<void> {
    this.#changePods();
    const { name, namespace } = this.product;
    const upgrade = ['upgrade', name, chart, '--namespace', namespace, '--values', '-', '--wait'];
    await this.cluster.helm3(upgrade, { input: this.product.valuesText(this.values) });
  }

  /** Returns the chart's manifests, as a GitOps tool applies them. */
  manifests(): Promise<string> {
    return this.product.manifests(this.values);
  }

  /**
   * Takes back what hands changed: they own their fields no more, or Helm would refuse to change
   * these, and the release is applied again.
   */
  async takeBack(): Promise<void> {
    const file = join(mkdtempSync(join(this.cluster.address.folder, 'release-')), 'all.yaml');
    writeFileSync(file, await this.manifests());
    await disown(this.cluster, file, this.product.namespace);
    await this.upgrade();
  }

  /**
   * Does something while the rules send images to another host: from when all replicas have read
   * them to when all have read the old ones again.
   */
  async withRulesTo(host: string, action: () => Promise<void>): Promise<void> {
    const { content } = this.values.rules;
    const rules = content.rules.map(({ from, to }) => ({ from, to: to.replace(/^[^/]*/, host) }));
    await this.upgrade({ rules: { content: { ...content, rules } } });
    await this.#alwaysBecomes(mirrored.replace(/^[^/]*/, host));
    try {
      await action();
    } finally {
      await this.upgrade();
      await this.#alwaysBecomes(mirrored);
    }
  }

  /** Its rules, as a file. */
  rulesText(): string {
    return JSON.stringify(this.values.rules.content);
  }

  /** Waits until the registration has its failurePolicy, which a replica may raise. */
  async isRegistered(): Promise<void> {
    await this.product.hasPolicy(this.failurePolicy, 30);
  }

  /** Returns what a new Pod of the load becomes; undefined while it is refused. */
  async becomes(): Promise<string | undefined> {
    const pod = await this.cluster.admit<Pod>(clusterPod('probe', image)).catch(() => undefined);
    return pod && imageOf(pod);
  }

  /** Waits until two replicas are ready and the API server asks them, as before a drill. */
  async settle(): Promise<void> {
    await this.product.readyPods(2);
    const isSo = async () => (await this.becomes()) === mirrored;
    await until('new Pods come from the mirror', isSo, 60);
    await this.isRegistered();
  }

  #changePods(): void {
    this.values = { ...this.values, podAnnotations: { revision: String(this.#revision++) } };
  }

  /** Waits until every replica has answered with an image: the load is spread over them. */
  async #alwaysBecomes(wanted: string): Promise<void> {
    let inRow = 0;
    const isSo = async () => {
      inRow = (await this.becomes()) === wanted ? inRow + 1 : 0;
      return inRow >= 8;
    };
    await until(`images become ${wanted}`, isSo, 90);
  }
}
