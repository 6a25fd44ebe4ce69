import { EcrApi } from '../ecr/ecr-api.ts';
import { EcrError } from '../ecr/ecr-error.ts';
import { ecrRegistry } from '../reference/ecr-registry.ts';
import type { Repository } from '../registry/repository.ts';
import { awsAgent } from '../registry/request/aws-agent.ts';
import { findFact, type Registries } from '../rules/registries.ts';
import type { Repositories } from './copying.ts';
import { formatRepository } from './located.ts';

/**
 * MirrorRepositories prepares repositories of Amazon ECR, which takes no image before its
 * repository exists. Other registries make repositories when an image arrives.
 */
export class MirrorRepositories implements Repositories {
  readonly #registries: Registries;
  readonly #env: NodeJS.ProcessEnv;
  readonly #apis = new Map<string, EcrApi>();
  readonly #ensured = new Map<string, Promise<boolean>>();

  constructor(registries: Registries, env: NodeJS.ProcessEnv) {
    this.#registries = registries;
    this.#env = env;
  }

  /** Creates a repository if the rules file says so; once, however many images go there. */
  async ensure(repository: Repository): Promise<boolean> {
    const key = formatRepository(repository);
    const known = this.#ensured.get(key);
    if (known !== undefined) {
      await known;
      return false;
    }
    const ensuring = this.#create(repository);
    this.#ensured.set(key, ensuring);
    // The next image of the repository tries again.
    ensuring.catch(() => this.#ensured.delete(key));
    return await ensuring;
  }

  /**
   * Returns which of the blobs a repository has, by one request for many; undefined if each is to be
   * asked for.
   */
  async presentBlobs(
    repository: Repository,
    digests: readonly string[],
  ): Promise<ReadonlySet<string> | undefined> {
    if (digests.length < 2) return undefined;
    const api = this.#apiOf(repository);
    try {
      return await api?.availableLayers(repository.name, digests);
    } catch (error) {
      // A caller may lack the permission; the registry itself answers to HEAD.
      if (error instanceof EcrError) return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#apis.values()].map((api) => api.close()));
  }

  async #create(repository: Repository): Promise<boolean> {
    const { registry: host, name } = repository;
    const settings = findFact(this.#registries, { host, repository: name }, 'ecr');
    if (settings?.create !== true) return false;
    return (await this.#apiOf(repository)?.createRepository(name, settings)) ?? false;
  }

  #apiOf({ registry }: Repository): EcrApi | undefined {
    const ecr = ecrRegistry(registry);
    if (ecr === undefined) return undefined;
    const api = this.#apis.get(registry) ?? new EcrApi(ecr, awsAgent(ecr.region, this.#env));
    this.#apis.set(registry, api);
    return api;
  }
}
