import * as v from 'valibot';
import { imageReference } from './image-reference.ts';
import { strictMapping, textOrMapping } from './mapping.ts';

/* `sync` of the rules file: what is copied to the mirror. */

const nonEmpty = v.pipe(v.string(), v.nonEmpty());
const described = <Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.optional(v.pipe(schema, v.description(description)));

/** A glob with other characters matches no tag. */
const tagGlobs = v.array(v.pipe(v.string(), v.regex(/^[\w.*?-]+$/)));
/** The same for whole references. */
const imageGlobs = v.array(v.pipe(v.string(), v.regex(/^[\w.:@/*?[\]-]+$/)));
const platform = v.pipe(v.string(), v.regex(/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9.]+)?$/));
/**
 * Comparators that must all hold, separated by spaces; `||` between alternatives. Its time grows
 * with the length of the text: a comparator has no spaces.
 */
const semverRange =
  /^ *((([<>]=?|[=^~]) *)?v?(\d+|[xX*])(\.(\d+|[xX*])){0,2}(-[\w.-]+)?(\+[\w.-]+)?( +| *\|\| *(?=[^ |])|$))+$/;
const duration = /^[1-9]\d{0,5}(m|h|d)$/;

const tagsSchema = strictMapping({
  include: described(
    v.pipe(tagGlobs, v.minLength(1)),
    'Tags that match one of these globs. Default: all.',
  ),
  exclude: described(tagGlobs, 'No tag that matches one of these globs.'),
  pattern: described(
    // Its syntax is checked by `filterMistakes`: RE2 is too large for a webhook.
    nonEmpty,
    'Tags that match this regular expression (of RE2) as a whole.',
  ),
  semver: described(
    v.pipe(v.string(), v.regex(semverRange)),
    'Tags that are versions in this range: >=7.2 <8, ^1.4, ~1.4.2, 1.x; || between alternatives.',
  ),
  latest: described(
    v.pipe(v.number(), v.integer(), v.minValue(1)),
    'Only this many tags: those of the highest versions.',
  ),
  newerThan: described(
    v.pipe(v.string(), v.regex(duration)),
    'Tags whose image is younger than this: 90d, 12h, 30m.',
  ),
});

/** The keys that choose tags, of an image or for all lines of a list. */
const choice = {
  tags: described(tagsSchema, 'Which tags are copied: those for which all of this holds.'),
  immutable: described(
    tagGlobs,
    'Tags that never move: the source is not asked again once they are copied.',
  ),
  overwrite: described(
    v.union([v.picklist(['always', 'never']), v.pipe(v.string(), v.regex(duration))]),
    'When a tag of the mirror follows its source: always (the default), never, or only if the source was updated within a time such as 10d.',
  ),
};

const sourceSchema = strictMapping({
  from: v.pipe(imageReference, v.description('An image; with tags, one without a tag.')),
  ...choice,
});

const listSchema = strictMapping({
  file: v.pipe(
    nonEmpty,
    v.description('A file that lists images, one per line; with tags, names without a tag.'),
  ),
  ...choice,
});

/** Describes `sync`. */
export const syncSchema = strictMapping({
  platforms: described(
    v.union([v.literal('all'), v.pipe(v.array(platform), v.minLength(1))]),
    'all (the default), or a list such as linux/amd64. A subset changes the digest of an index.',
  ),
  referrers: described(v.boolean(), 'Whether signatures, attestations and SBOMs are copied.'),
  images: described(
    v.array(textOrMapping(imageReference, sourceSchema)),
    'Images that are copied: a reference, or from with the tags to choose.',
  ),
  lists: described(
    v.array(textOrMapping(nonEmpty, listSchema)),
    'Files that list images, one per line: a name, or file with the tags to choose.',
  ),
  never: described(imageGlobs, 'Images that are never copied, whatever lists them. Globs.'),
  neverLists: described(
    v.array(nonEmpty),
    'Files that list images that are never copied, one per line; a name without a tag is the whole repository.',
  ),
});
