import type { StoredRepository } from '../store.ts';
import { Store } from '../store.ts';

/** RepositorySettings are what ECR keeps of a repository besides its images. */
export interface RepositorySettings {
  readonly imageTagMutability: string;
  readonly imageScanningConfiguration: { readonly scanOnPush: boolean };
  readonly encryptionConfiguration: { readonly encryptionType: string; readonly kmsKey?: string };
  readonly createdAt: number;
  tags: readonly { readonly Key: string; readonly Value: string }[];
  policyText?: string;
  lifecyclePolicyText?: string;
}

/** EcrAccount is what one account has in one region. */
export class EcrAccount {
  readonly id: string;
  readonly region: string;
  /** Of the v2 API, with Basic and the user `AWS`. */
  readonly password = 'a-password-of-ecr-that-nobody-may-see';
  readonly store = new Store();
  readonly repositories = new Map<string, RepositorySettings>();
  readonly settings = new Map([['BLOB_MOUNTING', 'DISABLED']]);
  /** Operations that the caller has no right to. */
  readonly denied = new Set<string>();

  constructor(id: string, region: string) {
    this.id = id;
    this.region = region;
  }

  /** As references name it. */
  get host(): string {
    return `${this.id}.dkr.ecr.${this.region}.${this.suffix}`;
  }

  get suffix(): string {
    return this.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  }

  describe(name: string, settings: RepositorySettings) {
    const partition = this.region.startsWith('cn-') ? 'aws-cn' : 'aws';
    const { imageTagMutability, imageScanningConfiguration, encryptionConfiguration } = settings;
    return {
      repositoryArn: `arn:${partition}:ecr:${this.region}:${this.id}:repository/${name}`,
      registryId: this.id,
      repositoryName: name,
      repositoryUri: `${this.host}/${name}`,
      createdAt: settings.createdAt,
      imageTagMutability,
      imageScanningConfiguration,
      encryptionConfiguration,
    };
  }

  create(name: string, settings: RepositorySettings): StoredRepository {
    this.repositories.set(name, settings);
    const repository = this.store.repository(name);
    repository.isImmutable = settings.imageTagMutability === 'IMMUTABLE';
    return repository;
  }
}
