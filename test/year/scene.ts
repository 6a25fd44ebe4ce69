import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { image, mirrored } from '../cluster/load/disturb.ts';
import type { Cluster } from '../cluster/rig/cluster.ts';
import type { Product } from '../cluster/rig/product.ts';
import type { LossWindow } from './outcome.ts';
import type { Release } from './release.ts';

/** Scene is what a drill happens to, and what it says of itself: what may be lost, what went wrong. */
export class Scene {
  readonly cluster: Cluster;
  readonly product: Product;
  readonly release: Release;
  /** Where drills leave files that programs in the cluster's namespaces read. */
  readonly folder: string;
  readonly #windows: LossWindow[] = [];
  readonly #faults: string[] = [];
  readonly #images = new Set([mirrored]);

  constructor(release: Release) {
    this.release = release;
    this.cluster = release.cluster;
    this.product = release.product;
    this.folder = mkdtempSync(join(this.cluster.address.folder, 'year-'));
  }

  /** Allows losses while something is done, and until `grace` seconds after it. */
  async mayLose<T>(grace: number, action: () => Promise<T>): Promise<T> {
    const from = Date.now();
    try {
      return await action();
    } finally {
      this.#windows.push({ from, to: Date.now() + grace * 1_000 });
    }
  }

  /** Says what else the image of the load may become during this drill. */
  mayBecome(...images: readonly string[]): void {
    for (const each of images) this.#images.add(each);
  }

  /** Notes what must not have happened. */
  fault(what: string): void {
    this.#faults.push(what);
  }

  /** What the load is judged by. */
  get expected() {
    return { written: image, images: this.#images, windows: this.#windows, faults: this.#faults };
  }

  /** Runs the command line of this clone, as a person does who works on the cluster. */
  detour(...args: readonly string[]): string {
    return execFileSync(process.execPath, ['bin/detour.js', ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  }
}
