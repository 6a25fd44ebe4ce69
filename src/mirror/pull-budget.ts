import { dockerHub } from '../reference/docker-hub.ts';
import type { ClientEvent } from '../registry/client-event.ts';
import type { Located } from './located.ts';

/** Pulls that an image may need: its index and the images in it. */
const reserve = 1;

/** PullsLeft is how many pulls a registry still allows. */
export interface PullsLeft {
  readonly remaining: number;
  readonly limit: number | undefined;
  /** The period that they are counted in, in seconds. */
  readonly window: number | undefined;
  /** When they are all allowed again, at the latest, if that is known. */
  readonly until: Date | undefined;
}

/** PullBudget watches how many pulls registries still allow (Docker Hub, in some hours). */
export class PullBudget {
  readonly #left = new Map<string, PullsLeft>();

  /** Takes note of what a client reports. */
  note(event: ClientEvent): void {
    if (event.type !== 'rate-limit') return;
    const { registry, remaining, limit, window } = event;
    const until = window === undefined ? undefined : new Date(Date.now() + window * 1_000);
    this.#left.set(registry, { remaining, limit, window, until });
  }

  /** Returns what a registry said last; undefined if it has not said anything. */
  left(registry: string): PullsLeft | undefined {
    return this.#left.get(registry);
  }

  /** Returns why an image should wait for another run; undefined if it need not. */
  whyWait({ repository: { registry } }: Located): string | undefined {
    const left = this.#left.get(registry);
    if (left === undefined || left.remaining >= reserve) return undefined;
    const login = registry === dockerHub ? 'docker login' : `docker login ${registry}`;
    return `${registry} allows no more pulls now (${formatLeft(left)} are left): run this again later, or log in to an account that may pull more: ${login}`;
  }
}

/** Formats `37 of 100 in 6 hours`. */
export function formatLeft({ remaining, limit, window }: PullsLeft): string {
  const hours = window === undefined ? undefined : Math.round(window / 360) / 10;
  const every = hours === undefined ? '' : ` in ${hours} hours`;
  return `${remaining}${limit === undefined ? '' : ` of ${limit}${every}`}`;
}
