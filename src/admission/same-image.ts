import { nodeReference, pulledTag } from '../reference/reference.ts';
import { placeOf } from '../rules/place.ts';

/*
 * Other webhooks write the same image in other words: `docker.io/library/busybox:latest` for
 * `busybox`, or the digest that a tag has now. So images are compared by what they mean.
 */

/** ImageMeaning is what an image names, however it is spelled. */
export interface ImageMeaning {
  /** As written. */
  readonly text: string;
  /** Host and repository; undefined for what is not a reference, and equals only its own text. */
  readonly name: string | undefined;
  /** `latest` if nothing else says what is pulled; undefined if a digest alone does. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Returns what an image means. */
export function meaningOf(text: string): ImageMeaning {
  const reference = nodeReference(text);
  if (reference === undefined) return { text, name: undefined, tag: undefined, digest: undefined };
  const { host, repository } = placeOf(reference);
  const { digest } = reference;
  return { text, name: `${host}/${repository}`, tag: pulledTag(reference), digest };
}

/** Reports whether an image is the one of before: the same repository, tag and digest. */
export function isSameImage(before: ImageMeaning, image: string): boolean {
  return (
    before.text === image ||
    compare(before, image, (now) => before.tag === now.tag && before.digest === now.digest)
  );
}

/**
 * Reports whether an image is still the one of before: the same, or the same with a digest that
 * somebody looked up for its tag. A digest stays, and a tag does not become another.
 */
export function isStillImage(before: ImageMeaning, image: string): boolean {
  const { text, tag, digest } = before;
  return (
    text === image ||
    compare(before, image, (now) => {
      const isTagKept = tag === undefined || now.tag === undefined || tag === now.tag;
      return isTagKept && (digest === undefined || digest === now.digest);
    })
  );
}

function compare(
  { name }: ImageMeaning,
  image: string,
  matches: (now: ImageMeaning) => boolean,
): boolean {
  if (name === undefined) return false;
  const now = meaningOf(image);
  return name === now.name && matches(now);
}
