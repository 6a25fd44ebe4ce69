/** How Kustomize renames an image, after its api/internal/image: what it cannot do is known before it does it. */

/** Longer than any image that a rule can write. */
const maxLength = 1024;

/** Whether an entry of this `name` is for the image. Its digests are sha256 alone. */
export function isNamed(image: string, name: string): boolean {
  return namesOf(image).includes(name);
}

/** The names by which an entry finds the image: without its tag, without its digest, without both. */
export function namesOf(image: string): string[] {
  if (image.length > maxLength) return [];
  const digest = /@sha256:[\w.{}-]*$/.exec(image)?.index ?? image.length;
  const names = new Set([image, image.slice(0, digest)]);
  for (const name of [...names]) {
    const tag = /:[\w.{}-]*$/.exec(name)?.index;
    if (tag !== undefined) names.add(name.slice(0, tag));
  }
  return [...names];
}

/** What becomes of an image that an entry is for. A port behind the first segment is taken for a tag. */
export function rename(image: string, newName: string): string {
  const start = Math.max(0, image.indexOf('/'));
  const at = image.indexOf('@', start);
  const end = at === -1 ? image.length : at;
  const colon = image.slice(0, end).indexOf(':', start);
  const tag = colon === -1 ? '' : image.slice(colon + 1, end);
  const digest = at === -1 ? '' : image.slice(at + 1);
  return newName + (tag === '' ? '' : `:${tag}`) + (digest === '' ? '' : `@${digest}`);
}

/** `name` is a regular expression to Kustomize. */
export function escapeName(name: string): string {
  return name.replace(/[.[\]]/g, '\\$&');
}

type Path = readonly (string | number)[];

/** Whether Kustomize looks at this field: in two lists at any depth of any kind, and for volumes in two places (since 5.7). */
export function isLookedAt(path: Path): boolean {
  const fields = path.map((key) => (typeof key === 'number' ? '[]' : key)).join('/');
  return (
    /(^|\/)(containers|initContainers)\/\[\]\/image$/.test(fields) ||
    /^spec\/(template\/spec\/)?volumes\/\[\]\/image\/reference$/.test(fields)
  );
}
