import type { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { registrationExits } from '../../admission/registration-exits.ts';
import {
  findRegistrationProblem,
  type Presented,
  type RegistrationProblem,
  registrationProblems,
} from '../../admission/registration-state.ts';
import { isFor, isTrusted, readBundle, startOf } from '../../certificate/trust.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import {
  type Registration,
  type WatchedRegistration,
  watchRegistration,
} from '../../kubernetes/registration.ts';
import type { ObjectEvent } from '../../kubernetes/watch.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { gauge, type Metric } from '../metrics/metric.ts';
import type { FollowContext } from './context.ts';
import { ExitReporter } from './exit-reporter.ts';
import { WatchHealth } from './watch-health.ts';

/** RegistrationOptions name the registration, and say how the API server trusts this server. */
export interface RegistrationOptions {
  readonly api: KubernetesApi;
  /** The name of the MutatingWebhookConfiguration. */
  readonly name: string;
  /** Whether API servers trust the certificate without a caBundle. */
  readonly hasPublicCa: boolean;
  /** The paths that receive reviews. */
  readonly paths: readonly string[];
}

/** How often the registration is compared with the rules and the clock, in milliseconds. */
const interval = 10_000;

/** Listener gets the registration; undefined if there is none. */
type Listener = (registration: Registration | undefined) => void;

const unread: RegistrationProblem = {
  code: 'unread',
  message: 'it has not been read yet: the API server is asked',
};

/**
 * FollowedRegistration watches the registration of this server, and knows whether it is in force:
 * whether API servers send reviews to this server, and trust its certificate.
 */
export class FollowedRegistration {
  readonly #options: RegistrationOptions;
  readonly #rules: () => RuleSet;
  readonly #logger: Logger;
  readonly #exits: ExitReporter;
  readonly #listeners: Listener[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #stopWatch: () => void;
  readonly #health: WatchHealth;
  /** Null until the API server has answered, undefined if there is no registration. */
  #current: Registration | undefined | null = null;
  #presented: Presented | undefined;
  #problem: RegistrationProblem | undefined = unread;
  #wasInForce = false;
  #begin: () => void = () => undefined;
  /** Resolves when the registration is in force for the first time. */
  readonly firstInForce: Promise<void>;

  /** Begins to follow. */
  constructor(
    options: RegistrationOptions,
    rules: () => RuleSet,
    { metrics, logger }: FollowContext,
  ) {
    this.#options = options;
    this.#rules = rules;
    this.#logger = logger;
    this.#exits = new ExitReporter(logger, options.name);
    this.#health = new WatchHealth((reason) =>
      logger.error({ configuration: options.name, reason }, 'the registration cannot be watched'),
    );
    this.firstInForce = new Promise((resolve) => {
      this.#begin = resolve;
    });
    metrics.register(...this.#metrics());
    this.#stopWatch = watchRegistration(options.api, options.name, (event) => this.#take(event));
    this.#timer = setInterval(() => this.#judge(), interval).unref();
  }

  /** Returns why no review is expected; undefined since the registration was first in force. */
  notReady(): string | undefined {
    if (this.#wasInForce) return undefined;
    return `the registration ${this.#options.name} is not in force yet: ${this.#problem?.message}`;
  }

  /** Returns the registration if it is in force. */
  get inForce(): Registration | undefined {
    return this.#problem === undefined ? (this.#current ?? undefined) : undefined;
  }

  /** Returns the registration as it is now; undefined while its changes are not seen. */
  watched(): WatchedRegistration | undefined {
    if (this.#current === null || !this.#health.isWatching) return undefined;
    return { registration: this.#current };
  }

  /** Calls a function with the registration, now and after each change. */
  onChange(listener: Listener): void {
    this.#listeners.push(listener);
    listener(this.#current ?? undefined);
  }

  /** Compares the registration with this certificate, in PEM, from now on. */
  present(cert: string): void {
    const { api, hasPublicCa, paths } = this.#options;
    const served = readBundle(cert);
    const [leaf] = served as [X509Certificate, ...X509Certificate[]];
    this.#presented = {
      paths,
      isFor: (host) => isFor(leaf, host),
      isTrustedBy(caBundle) {
        if (caBundle === '') return hasPublicCa;
        const roots = readBundle(Buffer.from(caBundle, 'base64').toString());
        // The clock of the API server may be behind that of the issuer.
        return isTrusted(served, roots, Math.max(api.now(), startOf(leaf)));
      },
    };
    this.#announce();
  }

  stop(): void {
    this.#stopWatch();
    clearInterval(this.#timer);
  }

  #take(event: ObjectEvent<Registration>): void {
    this.#health.take(event);
    if (event.type !== 'now') return;
    this.#current = event.object;
    this.#announce();
  }

  #announce(): void {
    this.#judge();
    for (const listener of this.#listeners) listener(this.#current ?? undefined);
  }

  #judge(): void {
    const [current, presented] = [this.#current, this.#presented];
    if (current) this.#exits.report(registrationExits(current, this.#rules().exits));
    if (current === null || presented === undefined) return;
    const before = this.#problem;
    const now = findRegistrationProblem(current, presented);
    this.#problem = now;
    if (now === undefined) {
      this.#wasInForce = true;
      this.#begin();
    }
    if (before?.message !== now?.message) this.#reportState(now);
  }

  #reportState(problem: RegistrationProblem | undefined): void {
    const configuration = this.#options.name;
    if (problem === undefined) this.#logger.info({ configuration }, 'the registration is in force');
    else {
      const { code, message: reason } = problem;
      const message = 'the registration is not in force: no review is sent to this server';
      this.#logger.warn({ configuration, problem: code, reason }, message);
    }
  }

  #metrics(): Metric[] {
    return [
      gauge(
        'detour_registration_in_force',
        '1 if the registration makes API servers send reviews to this server and trust its certificate, 0 otherwise.',
        () => Number(this.#problem === undefined),
      ),
      gauge(
        'detour_registration_watched',
        '1 if changes to the registration are watched, 0 if the watch has failed.',
        () => Number(this.#health.isWatching),
      ),
      {
        name: 'detour_registration_problem',
        help: '1 for the reason why the registration is not in force, 0 for all others.',
        type: 'gauge',
        samples: () =>
          registrationProblems.map((problem) => ({
            value: Number(problem === this.#problem?.code),
            labels: { problem },
          })),
      },
    ];
  }
}
