import type { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateRepositoryRequest, ECR } from '@aws-sdk/client-ecr';
import type { EcrRegistry } from '../reference/ecr-registry.ts';
import { EcrError, ecrErrorOf } from './ecr-error.ts';

/** RepositorySettings are those of a new repository; the keys are those of the rules file. */
export interface RepositorySettings {
  /** Tags cannot be moved. */
  readonly immutable?: boolean | undefined;
  readonly scan?: boolean | undefined;
  /** `AES256`, `KMS`, `KMS_DSSE` or the ARN of a key. */
  readonly encryption?: string | undefined;
  /** A policy as JSON, or `none`. */
  readonly policy?: string | undefined;
  /** A lifecycle policy as JSON. */
  readonly lifecycle?: string | undefined;
  /** Tags of the AWS resource. They need the permission ecr:TagResource as well. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** TaggedImage is a tag of a repository and the manifest that it names. */
export interface TaggedImage {
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** MetadataBearer is the part that all answers of the SDK have in common. */
interface MetadataBearer {
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}

/** The most that one call may ask for. */
const maxImages = 1_000;
const maxRepositories = 1_000;
const maxLayers = 100;
/** How often a call is made that is throttled, each time with the retries of the SDK. */
const maxTries = 6;
/** The pause before the second try, in milliseconds; the next ones are twice as long each. */
const firstPause = 1_000;

/**
 * EcrApi calls Amazon ECR's own API for one registry, with the credentials that every AWS tool finds.
 * The SDK is loaded by the first call. Each method throws EcrError.
 */
export class EcrApi {
  readonly #registry: EcrRegistry;
  readonly #agent: Agent | undefined;
  readonly #onAnswer: ((status: number | undefined) => void) | undefined;
  #client: Promise<ECR> | undefined;
  readonly #closing = new AbortController();

  /**
   * `agent` reaches the API, if that takes a proxy. `onAnswer` receives the HTTP status of each call,
   * if there was one.
   */
  constructor(
    registry: EcrRegistry,
    agent?: Agent,
    onAnswer?: (status: number | undefined) => void,
  ) {
    this.#registry = registry;
    this.#agent = agent;
    this.#onAnswer = onAnswer;
  }

  /**
   * Creates a repository with its policies; reports whether it did. One that exists stays as it is.
   */
  async createRepository(name: string, settings: RepositorySettings = {}): Promise<boolean> {
    try {
      await this.#call('CreateRepository', name, (ecr) =>
        ecr.createRepository({ ...this.#about(name), ...requestOf(settings) }),
      );
    } catch (error) {
      if (codeOf(error) === 'RepositoryAlreadyExistsException') return false;
      throw error;
    }
    await this.#setPolicies(name, settings);
    return true;
  }

  /** Lists the tagged images of a repository, a page at a time, in the order that ECR has. */
  async *listImages(name: string): AsyncGenerator<TaggedImage[], void, undefined> {
    const pages = this.#pages('ListImages', name, (ecr, nextToken) =>
      ecr.listImages({
        ...this.#about(name),
        filter: { tagStatus: 'TAGGED' },
        maxResults: maxImages,
        nextToken,
      }),
    );
    for await (const { imageIds } of pages)
      yield (imageIds ?? []).map(({ imageTag, imageDigest }) => ({
        tag: imageTag,
        digest: imageDigest,
      }));
  }

  /** Lists the names of all repositories, a page at a time. */
  async *listRepositories(): AsyncGenerator<string[], void, undefined> {
    const { account, host } = this.#registry;
    const pages = this.#pages('DescribeRepositories', host, (ecr, nextToken) =>
      ecr.describeRepositories({ registryId: account, maxResults: maxRepositories, nextToken }),
    );
    for await (const { repositories } of pages)
      yield (repositories ?? []).flatMap(({ repositoryName }) => repositoryName ?? []);
  }

  /** Returns those blobs that a repository has: one call for a hundred instead of a HEAD each. */
  async availableLayers(name: string, digests: readonly string[]): Promise<Set<string>> {
    const available = new Set<string>();
    for (let start = 0; start < digests.length; start += maxLayers) {
      const layerDigests = digests.slice(start, start + maxLayers);
      const { layers = [] } = await this.#call('BatchCheckLayerAvailability', name, (ecr) =>
        ecr.batchCheckLayerAvailability({ ...this.#about(name), layerDigests }),
      );
      for (const { layerDigest, layerAvailability } of layers)
        if (layerAvailability === 'AVAILABLE' && layerDigest) available.add(layerDigest);
    }
    return available;
  }

  /**
   * Reports whether blobs can be mounted from one repository to another: a setting of the account in
   * a region.
   */
  async isBlobMountingEnabled(): Promise<boolean> {
    const { value } = await this.#call('GetAccountSetting', this.#registry.host, (ecr) =>
      ecr.getAccountSetting({ name: 'BLOB_MOUNTING' }),
    );
    return value === 'ENABLED';
  }

  /** Ends pauses between calls, and closes the connections. */
  async close(): Promise<void> {
    this.#closing.abort();
    (await this.#client)?.destroy();
  }

  async #setPolicies(name: string, { policy, lifecycle }: RepositorySettings): Promise<void> {
    if (policy !== undefined && policy !== 'none')
      await this.#call('SetRepositoryPolicy', name, (ecr) =>
        ecr.setRepositoryPolicy({ ...this.#about(name), policyText: policy }),
      );
    if (lifecycle !== undefined)
      await this.#call('PutLifecyclePolicy', name, (ecr) =>
        ecr.putLifecyclePolicy({ ...this.#about(name), lifecyclePolicyText: lifecycle }),
      );
  }

  #about(name: string): { registryId: string; repositoryName: string } {
    return { registryId: this.#registry.account, repositoryName: name };
  }

  /** Calls an operation that lists something for each of its pages. */
  async *#pages<Page extends MetadataBearer & { readonly nextToken?: string | undefined }>(
    operation: string,
    about: string,
    call: (ecr: ECR, nextToken: string | undefined) => Promise<Page>,
  ): AsyncGenerator<Page, void, undefined> {
    let nextToken: string | undefined;
    do {
      const page = await this.#call(operation, about, (ecr) => call(ecr, nextToken));
      yield page;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  /** Calls an operation, and again if ECR has too many calls: the SDK gives up while others go on. */
  async #call<T extends MetadataBearer>(
    operation: string,
    about: string,
    call: (ecr: ECR) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#callOnce(operation, about, call);
      } catch (error) {
        const mayRetry = error instanceof EcrError && error.isThrottled && tries < maxTries;
        if (!mayRetry || this.#closing.signal.aborted) throw error;
        const pause = firstPause * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
        await sleep(pause, undefined, { signal: this.#closing.signal }).catch(() => {
          throw error;
        });
      }
    }
  }

  async #callOnce<T extends MetadataBearer>(
    operation: string,
    about: string,
    call: (ecr: ECR) => Promise<T>,
  ): Promise<T> {
    const { region } = this.#registry;
    this.#client ??= import('./client.ts').then(({ createClient }) =>
      createClient(region, this.#agent),
    );
    const client = await this.#client;
    try {
      const answer = await call(client);
      this.#onAnswer?.(answer.$metadata.httpStatusCode);
      return answer;
    } catch (error) {
      this.#onAnswer?.((error as Partial<MetadataBearer>).$metadata?.httpStatusCode);
      throw ecrErrorOf(error, operation, about);
    }
  }
}

function requestOf(settings: RepositorySettings): Omit<CreateRepositoryRequest, 'repositoryName'> {
  const { immutable, scan, encryption, tags } = settings;
  return {
    ...(immutable !== undefined && {
      imageTagMutability: immutable ? 'IMMUTABLE' : 'MUTABLE',
    }),
    ...(scan !== undefined && { imageScanningConfiguration: { scanOnPush: scan } }),
    ...(encryption !== undefined && { encryptionConfiguration: encryptionOf(encryption) }),
    ...(tags !== undefined && {
      tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
}

function encryptionOf(text: string): CreateRepositoryRequest['encryptionConfiguration'] {
  if (text.startsWith('arn:')) return { encryptionType: 'KMS', kmsKey: text };
  return { encryptionType: text as 'AES256' | 'KMS' | 'KMS_DSSE' };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
