import { EcrError } from '../ecr/ecr-error.ts';
import { ecrRegistry } from '../reference/ecr-registry.ts';
import { RegistryError } from '../registry/registry-error.ts';
import { OverwrittenTag } from './copy-image.ts';
import { UnreadableImage } from './image-content.ts';
import { formatRepository } from './located.ts';
import type { PlannedImage } from './plan.ts';
import { NoPlatform } from './platforms.ts';

/** Says why an image could not be copied, and what to do. */
export function explainFailure(error: unknown, { destination }: PlannedImage): string {
  if (error instanceof RegistryError) {
    const { repository } = destination;
    const isMirror = error.host === repository.registry;
    const lacksRepository = error.code === 'NAME_UNKNOWN' || error.status === 404;
    if (!isMirror || !lacksRepository) return error.message;
    return `${error.message}; ${formatRepository(repository)} must exist first: ${howToCreate(repository.registry)}`;
  }
  const isKnown = [UnreadableImage, NoPlatform, OverwrittenTag, EcrError].some(
    (kind) => error instanceof kind,
  );
  if (isKnown) return (error as Error).message;
  return `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

function howToCreate(registry: string): string {
  if (ecrRegistry(registry) === undefined) return 'create it, or its project, in the registry';
  return `let sync create it with registries: {${registry}: {ecr: {create: true}}} in the rules file`;
}
