import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { vi } from 'vitest';
import { type ClientOptions, RegistryClient } from '../../src/registry/client.ts';
import type { ClientEvent } from '../../src/registry/client-event.ts';
import { RegistryError } from '../../src/registry/registry-error.ts';
import type { Repository } from '../../src/registry/repository.ts';
import { buildRegistries } from '../../src/rules/registries.ts';
import type { RegistryFacts } from '../../src/rules/registry-schema.ts';
import { digestOf } from '../rig/registry/content.ts';
import { type FakeEcr, startEcr } from '../rig/registry/ecr/ecr.ts';
import { type FakeInternet, startInternet } from '../rig/registry/internet.ts';
import {
  type FakeRegistry,
  type RegistryOptions,
  startRegistry,
} from '../rig/registry/registry.ts';

/** RegistryBench starts fake registries and clients of them, and closes them all. */
export class RegistryBench {
  /** What the last client reported. */
  events: ClientEvent[] = [];
  readonly #closing: (() => unknown)[] = [];

  async start(options: RegistryOptions = {}): Promise<FakeRegistry> {
    const registry = await startRegistry(options);
    this.onClose(() => registry.close());
    return registry;
  }

  async internet(): Promise<FakeInternet> {
    const folder = mkdtempSync(join(tmpdir(), 'detour-internet-'));
    const net = await startInternet(folder);
    this.onClose(async () => {
      await net.close();
      rmSync(folder, { recursive: true });
    });
    return net;
  }

  /** Starts an Amazon ECR in China. Until it is closed, the AWS SDK of this process finds it. */
  async ecr(net: FakeInternet): Promise<FakeEcr> {
    const ecr = await startEcr(net, { region: 'cn-north-1' });
    for (const [name, value] of Object.entries(ecr.environment)) vi.stubEnv(name, value);
    this.onClose(async () => {
      vi.unstubAllEnvs();
      await ecr.close();
    });
    return ecr;
  }

  /** Makes a client that waits for nothing long. By default it knows plain HTTP registries. */
  client(
    registries: readonly { host: string }[],
    more: Partial<ClientOptions> = {},
  ): RegistryClient {
    const facts = Object.fromEntries(registries.map(({ host }) => [host, { plainHttp: true }]));
    return this.clientWith(facts as Record<string, RegistryFacts>, more);
  }

  /** Makes a client with facts about registries, by registry and optional path. */
  clientWith(
    facts: Readonly<Record<string, RegistryFacts>>,
    more: Partial<ClientOptions> = {},
  ): RegistryClient {
    this.events = [];
    const { events } = this;
    const entries = Object.entries(facts).map(([key, each]) => {
      const [host = '', ...path] = key.split('/');
      return { key, host, path: path.join('/'), facts: each };
    });
    const client = new RegistryClient({
      registries: buildRegistries(entries),
      credentials: () => Promise.resolve(undefined),
      env: {},
      on: (event) => events.push(event),
      ...more,
      timing: { firstRetry: 1, stall: 5_000, ...more.timing },
    });
    this.#closing.unshift(() => client.close());
    return client;
  }

  tokenRequests(): number {
    return this.events.filter((event) => event.type === 'request' && event.isTokenRequest).length;
  }

  retries(): string[] {
    return this.events.flatMap((event) => (event.type === 'retry' ? [event.reason] : []));
  }

  onClose(close: () => unknown): void {
    this.#closing.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }
}

export function repositoryIn({ host }: { host: string }, name = 'team/app'): Repository {
  return { registry: host, name };
}

/** Returns the error that something must end with. */
export async function failureOf(promise: Promise<unknown>): Promise<RegistryError> {
  const reason: unknown = await promise.then(
    () => new Error('it did not fail'),
    (error) => error,
  );
  if (reason instanceof RegistryError) return reason;
  throw reason;
}

/** Returns what a list of a client has, from all its pages. */
export async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of list) found.push(each);
  return found;
}

/** Returns the descriptor of some bytes, and a source of them that counts how often it is opened. */
export function blobOf(bytes: Buffer) {
  const blob = {
    digest: digestOf(bytes),
    size: bytes.length,
    opened: 0,
    source: () => {
      blob.opened += 1;
      return Promise.resolve(Readable.from(cut(bytes), { objectMode: false }));
    },
  };
  return blob;
}

function cut(bytes: Buffer): Buffer[] {
  const size = 50_000;
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}
