import { tagsOf } from '../vendor-apis.ts';
import type { EcrAccount, RepositorySettings } from './account.ts';

/** EcrFailure is an error of the AWS API. */
export class EcrFailure extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

interface Input {
  readonly repositoryName?: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
  readonly layerDigests?: readonly string[];
  readonly name?: string;
  readonly policyText?: string;
  readonly lifecyclePolicyText?: string;
  readonly tags?: RepositorySettings['tags'];
  readonly filter?: { readonly tagStatus?: string };
  readonly imageTagMutability?: string;
  readonly imageScanningConfiguration?: { readonly scanOnPush: boolean };
  readonly encryptionConfiguration?: { readonly encryptionType: string };
}

type Operation = (account: EcrAccount, input: Input) => object;

/** Finds an operation of the API by its name. */
export function operationNamed(name: string): Operation | undefined {
  return Object.hasOwn(operations, name) ? operations[name] : undefined;
}

const operations: Readonly<Record<string, Operation>> = {
  GetAuthorizationToken: ({ password, host }) => ({
    authorizationData: [
      {
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt: Math.floor(Date.now() / 1_000) + 12 * 60 * 60,
        proxyEndpoint: `https://${host}`,
      },
    ],
  }),

  CreateRepository: (account, input) => {
    const name = input.repositoryName ?? '';
    if (!/^[a-z0-9]+([._/-][a-z0-9]+)*$/.test(name) || name.length < 2 || name.length > 256) {
      throw new EcrFailure('InvalidParameterException', `"${name}" is not a repository name`);
    }
    if (account.repositories.has(name)) {
      const message = `The repository with name '${name}' already exists in the registry with id '${account.id}'`;
      throw new EcrFailure('RepositoryAlreadyExistsException', message);
    }
    // Tags of a resource want a right of their own.
    if ((input.tags?.length ?? 0) > 0) refuseDenied(account, 'TagResource');
    const settings = {
      imageTagMutability: input.imageTagMutability ?? 'MUTABLE',
      imageScanningConfiguration: input.imageScanningConfiguration ?? { scanOnPush: false },
      encryptionConfiguration: input.encryptionConfiguration ?? { encryptionType: 'AES256' },
      createdAt: Date.now() / 1_000,
      tags: input.tags ?? [],
    };
    account.create(name, settings);
    return { repository: account.describe(name, settings) };
  },

  DescribeRepositories: (account, { nextToken, maxResults = 100 }) => {
    const all = [...account.repositories].map(([name, settings]) =>
      account.describe(name, settings),
    );
    const { page, rest } = pageAfter(all, nextToken, maxResults);
    return { repositories: page, ...rest };
  },

  SetRepositoryPolicy: (account, { repositoryName: name = '', policyText = '' }) => {
    repositoryOf(account, name).policyText = policyText;
    return { registryId: account.id, repositoryName: name, policyText };
  },

  PutLifecyclePolicy: (account, { repositoryName: name = '', lifecyclePolicyText = '' }) => {
    repositoryOf(account, name).lifecyclePolicyText = lifecyclePolicyText;
    return { registryId: account.id, repositoryName: name, lifecyclePolicyText };
  },

  ListImages: (account, { repositoryName = '', nextToken, maxResults = 100, filter }) => {
    repositoryOf(account, repositoryName);
    const repository = account.store.repository(repositoryName);
    const tagged = tagsOf(repository).map(({ tag, digest }) => ({
      imageDigest: digest,
      imageTag: tag,
    }));
    const digests = new Set(tagged.map(({ imageDigest }) => imageDigest));
    const untagged = [...repository.manifests.keys()]
      .filter((digest) => !digests.has(digest))
      .map((imageDigest) => ({ imageDigest }));
    const status = filter?.tagStatus ?? 'ANY';
    const all = [
      ...(status === 'UNTAGGED' ? [] : tagged),
      ...(status === 'TAGGED' ? [] : untagged),
    ];
    const { page, rest } = pageAfter(all, nextToken, maxResults);
    return { imageIds: page, ...rest };
  },

  BatchCheckLayerAvailability: (account, { repositoryName = '', layerDigests = [] }) => {
    repositoryOf(account, repositoryName);
    if (layerDigests.length === 0 || layerDigests.length > 100) {
      throw new EcrFailure('InvalidParameterException', 'between 1 and 100 layer digests');
    }
    const { blobs } = account.store.repository(repositoryName);
    const layers = layerDigests.flatMap((layerDigest) => {
      const blob = blobs.get(layerDigest);
      return blob ? [{ layerDigest, layerAvailability: 'AVAILABLE', layerSize: blob.size }] : [];
    });
    const failures = layerDigests
      .filter((digest) => !blobs.has(digest))
      .map((layerDigest) => ({ layerDigest, failureCode: 'MissingLayerDigest' }));
    return { layers, failures };
  },

  GetAccountSetting: ({ settings }, { name = '' }) => ({ name, value: settings.get(name) }),
};

/** Throws what AWS answers if the caller has no right to an operation. */
export function refuseDenied({ denied, id }: EcrAccount, operation: string): void {
  if (!denied.has(operation)) return;
  const user = `arn:aws:iam::${id}:user/somebody`;
  const message = `User: ${user} is not authorized to perform: ecr:${operation}`;
  throw new EcrFailure('AccessDeniedException', message);
}

function repositoryOf(account: EcrAccount, name: string): RepositorySettings {
  const found = account.repositories.get(name);
  if (found !== undefined) return found;
  const message = `The repository with name '${name}' does not exist in the registry with id '${account.id}'`;
  throw new EcrFailure('RepositoryNotFoundException', message);
}

function pageAfter<T>(all: readonly T[], token: string | undefined, size: number) {
  if (size > 1_000) throw new EcrFailure('InvalidParameterException', 'maxResults is at most 1000');
  const start = Number(token ?? 0);
  const isMore = start + size < all.length;
  return {
    page: all.slice(start, start + size),
    rest: isMore ? { nextToken: `${start + size}` } : {},
  };
}
