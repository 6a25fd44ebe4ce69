import type { Path } from './diagnostic.ts';

/** Returns a path as a person reads it: `rules[3].from`. */
export function formatPath(path: Path): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`,
    )
    .join('');
}
