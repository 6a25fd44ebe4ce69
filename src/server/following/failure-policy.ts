import type { Logger } from 'pino';
import { awaitsFail, withFail } from '../../admission/registration-state.ts';
import { isConflict, isMissing, type KubernetesApi } from '../../kubernetes/api.ts';
import { ensureLabel } from '../../kubernetes/namespace-label.ts';
import { disowned, type Registration, writeRegistration } from '../../kubernetes/registration.ts';
import type { Metric } from '../metrics/metric.ts';
import type { FollowContext } from './context.ts';
import { FairQueue } from './fair-queue.ts';
import type { FollowedRegistration } from './registration.ts';

/** RaiseOptions are what a replica needs to raise the failurePolicy of its registration. */
export interface RaiseOptions {
  readonly api: KubernetesApi;
  /** The namespace of the replicas. */
  readonly namespace: string;
  /** The label of a namespace whose Pods no webhook of image-detour gets. */
  readonly exemption: readonly [string, string];
}

/** FollowingRegistration knows the registration, and whether it is in force. */
type FollowingRegistration = Pick<FollowedRegistration, 'inForce' | 'onChange'>;

/** Lists why a registration that should have `Fail` has `Ignore`, as labels of a metric. */
const reasons = ['not-in-force', 'no-review', 'namespace-label', 'write'] as const;

/** Pending is why `Fail` is not set yet, and the error if there was one. */
interface Pending {
  readonly reason: (typeof reasons)[number];
  readonly detail: string;
}

const notInForce: Pending = {
  reason: 'not-in-force',
  detail: 'the registration is not in force',
};
const noReview: Pending = {
  reason: 'no-review',
  detail: 'no API server has sent a review to this replica yet; helm test causes one',
};

/** The User-Agent of reviews that API servers send. */
const apiServerAgent = 'kube-apiserver-admission';
/** How long a write rests before the next one, in milliseconds: another writer may disagree. */
const rest = 300;
/** How soon a write that failed is tried again, in milliseconds. */
const retry = 5_000;

/**
 * FailurePolicy raises the failurePolicy of a registration from `Ignore` to `Fail`, if the
 * registration asks for it and the way from an API server to this replica is proven. Then it gives
 * up the ownership of the field, so that whoever installed the registration may change it.
 */
export class FailurePolicy {
  readonly #options: RaiseOptions;
  readonly #registration: FollowingRegistration;
  readonly #logger: Logger;
  readonly #queue = new FairQueue(() => this.#settle(), { rest, retry });
  #isProven = false;
  #current: Registration | undefined;
  #pending: Pending | undefined;
  #ownershipFailure: string | undefined;

  constructor(
    options: RaiseOptions,
    registration: FollowingRegistration,
    { metrics, logger }: FollowContext,
  ) {
    this.#options = options;
    this.#registration = registration;
    this.#logger = logger;
    metrics.register(this.#metric());
    registration.onChange((now) => {
      this.#current = now;
      this.#queue.add('registration');
    });
  }

  /** Takes note of a review that was answered, by the User-Agent of its sender. */
  reviewed(agent: string | undefined): void {
    if (this.#isProven || agent !== apiServerAgent) return;
    this.#isProven = true;
    this.#queue.add('registration');
  }

  stop(): void {
    this.#queue.stop();
  }

  /** Writes what is due, and reports whether nothing is left to try again. */
  async #settle(): Promise<boolean> {
    const now = this.#current;
    const isAwaited = now !== undefined && awaitsFail(now);
    const pending = isAwaited ? await this.#prepare() : undefined;
    const isRaised = isAwaited && pending === undefined;
    const failure = now && (await this.#bring(now, isRaised));
    // Not before the write: what failed again would otherwise be reported as new.
    this.#report(isRaised && failure ? { reason: 'write', detail: failure } : pending);
    if (!isRaised) this.#reportOwnership(failure);
    return failure === undefined && pending?.reason !== 'namespace-label';
  }

  /** Brings a registration to what it must be. Returns what failed, if another try may help. */
  async #bring(now: Registration, isRaised: boolean): Promise<string | undefined> {
    const wanted = disowned(isRaised ? withFail(now) : now);
    if (wanted === now) return undefined;
    try {
      await this.#write(wanted);
      if (isRaised) this.#logger.info(this.#fields, 'failurePolicy was raised to Fail');
      return undefined;
    } catch (error) {
      // The event that reports the other write is on its way.
      return isConflict(error) || isMissing(error) ? undefined : (error as Error).message;
    }
  }

  /** Writes a registration, and gives up the ownership of what this changed in it. */
  async #write(wanted: Registration): Promise<void> {
    const written = await writeRegistration(this.#options.api, wanted);
    const free = disowned(written);
    if (free !== written) await writeRegistration(this.#options.api, free);
  }

  /** Prepares the cluster for `Fail`. Returns what is missing. */
  async #prepare(): Promise<Pending | undefined> {
    if (this.#registration.inForce === undefined) return notInForce;
    if (!this.#isProven) return noReview;
    const { api, namespace, exemption } = this.#options;
    try {
      // Without it, two releases with `Fail` keep each other from starting again.
      await ensureLabel(api, namespace, exemption);
      return undefined;
    } catch (error) {
      return { reason: 'namespace-label', detail: (error as Error).message };
    }
  }

  #report(pending: Pending | undefined): void {
    const before = this.#pending;
    this.#pending = pending;
    if (pending === undefined || pending.detail === before?.detail) return;
    const message = 'failurePolicy stays Ignore for now';
    this.#logger.warn({ ...this.#fields, reason: pending.detail }, message);
  }

  /** Reports that a write of another kind is still ours, so that its installer may get a conflict. */
  #reportOwnership(reason: string | undefined): void {
    const before = this.#ownershipFailure;
    this.#ownershipFailure = reason;
    if (reason === undefined || reason === before) return;
    const message = 'the ownership of fields of the registration cannot be given up';
    this.#logger.warn({ ...this.#fields, reason }, message);
  }

  get #fields(): object {
    return { configuration: this.#current?.metadata.name };
  }

  #metric(): Metric {
    return {
      name: 'detour_failure_policy_pending',
      help: '1 for the reason why the registration has failurePolicy Ignore although Fail is wanted, 0 for all others.',
      type: 'gauge',
      samples: () =>
        reasons.map((reason) => ({
          value: Number(reason === this.#pending?.reason),
          labels: { reason },
        })),
    };
  }
}
