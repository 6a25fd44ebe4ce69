import { formatRepository } from '../mirror/located.ts';
import type { Repository } from '../registry/repository.ts';

/** LayoutAddress is where a layout is, as `--to` and `--from` name it. */
export interface LayoutAddress {
  /** What stands for the registry in references: `oci:DIR` or `oci-archive:FILE`, as written. */
  readonly registry: string;
  readonly kind: 'folder' | 'archive';
  readonly path: string;
}

/** Parses `oci:DIR` or `oci-archive:FILE`; undefined if it is neither. */
export function parseLayoutAddress(written: string): LayoutAddress | undefined {
  const [, prefix, path] = /^(oci|oci-archive):(.+)$/s.exec(written) ?? [];
  if (path === undefined) return undefined;
  return { registry: written, kind: prefix === 'oci' ? 'folder' : 'archive', path };
}

/** Returns where a layout has the images of a repository: under the name of their origin. */
export function inLayout(registry: string, repository: Repository): Repository {
  return { registry, name: formatRepository(repository) };
}
