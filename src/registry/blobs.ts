import type { Repository } from './repository.ts';
import type { Transport } from './transport.ts';

/** Reports whether a repository has a blob. */
export async function hasBlob(
  transport: Transport,
  repository: Repository,
  digest: string,
): Promise<boolean> {
  const { name } = repository;
  const { status } = await transport.send({
    repository,
    action: 'pull',
    method: 'HEAD',
    target: `/v2/${name}/blobs/${digest}`,
    accepts: [404],
    what: `HEAD blob ${name}@${digest}`,
  });
  return status !== 404;
}
