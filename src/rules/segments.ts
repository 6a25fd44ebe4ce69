/** Returns the segments of a path; none of an empty one. */
export function segmentsOf(path: string): string[] {
  return path === '' ? [] : path.split('/');
}

/** Returns the paths that a path is below, the longest first; the last is empty. */
export function pathsAbove(path: string): string[] {
  const above: string[] = [];
  for (let end = path.lastIndexOf('/'); end !== -1; end = path.lastIndexOf('/', end - 1))
    above.push(path.slice(0, end));
  return path === '' ? [] : [...above, ''];
}
