import { officialPath } from '../reference/docker-hub.ts';

/**
 * Returns what names official images of Docker Hub under another path as well: `docker.io/nginx`
 * names both what is below `nginx/` and the image, which indexes know as `library/nginx`. If
 * something names that path itself, it counts. `pathOf` returns a path of Docker Hub, or undefined
 * for what is not there.
 */
export function withOfficialPaths<Each>(
  all: readonly Each[],
  pathOf: (each: Each) => string | undefined,
): [each: Each, official: string][] {
  const named = all.flatMap((each): [Each, string][] => {
    const path = pathOf(each);
    return path ? [[each, path]] : [];
  });
  const paths = new Set(named.map(([, path]) => path));
  return named
    .map(([each, path]): [Each, string] => [each, officialPath(path)])
    .filter(([, official]) => !paths.has(official));
}
