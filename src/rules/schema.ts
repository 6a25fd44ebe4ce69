import * as v from 'valibot';
import { exitNames } from './exit-names.ts';
import { imageReference } from './image-reference.ts';
import { mappingTo, strictMapping, textOrMapping } from './mapping.ts';
import { registriesSchema } from './registry-schema.ts';
import { syncSchema } from './sync-schema.ts';
import { workloadsSchema } from './workloads-schema.ts';

/*
 * The rules file, as users write it. `schema/detour.schema.json` is generated from this,
 * descriptions included, so that editors can complete and explain.
 */

const nonEmpty = v.pipe(v.string(), v.nonEmpty());
const globs = v.array(nonEmpty);
/** What `skip` compares values of labels and annotations with. */
const valueGlobs = mappingTo(v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))]));

const namespacesSchema = strictMapping({
  include: v.optional(
    v.pipe(globs, v.description('Only namespaces that match one of these globs. Default: all.')),
  ),
  exclude: v.optional(
    v.pipe(
      globs,
      v.description('No namespace that matches one of these globs, even if include names it.'),
    ),
  ),
});

/** Describes one rule of the file: `from`, what happens to its images, and where that applies. */
export const ruleSchema = strictMapping({
  from: v.pipe(
    v.union([nonEmpty, v.pipe(v.array(nonEmpty), v.minLength(1))]),
    v.description(
      'A registry, or a registry and the first segments of a repository; or one image, by its tag or digest. A list names the same images under several names. "*.gcr.io" is any host under gcr.io, "*" every registry that no other rule matches.',
    ),
  ),
  to: v.optional(
    v.pipe(
      nonEmpty,
      v.description(
        "A registry and optional repository prefix; the rest of the path, the tag and the digest are appended. ${mirror} is the file's mirror, ${registry} the host of the image. If from is one image, to can have a tag or a digest, which replaces that of the image.",
      ),
    ),
  ),
  path: v.optional(
    v.pipe(
      v.picklist(['whole', 'last', 'joined']),
      v.description(
        'How the rest of the path is appended: whole (the default); last, its last segment only; or joined, with dashes in place of slashes, for registries with two levels.',
      ),
    ),
  ),
  keep: v.optional(v.pipe(v.literal(true), v.description('Leave these images as they are.'))),
  deny: v.optional(v.pipe(nonEmpty, v.description('Refuse these images with this message.'))),
  library: v.optional(
    v.pipe(
      v.picklist(['as-written', 'always', 'never']),
      v.description(
        "Whether names of Docker Hub's official images get library/: always, never, or as-written (the default).",
      ),
    ),
  ),
  namespaces: v.optional(
    v.pipe(
      namespacesSchema,
      v.description(
        'The namespaces in which this rule applies. In others, a less specific rule can apply.',
      ),
    ),
  ),
});

/** Describes the whole file. */
export const rulesFileSchema = strictMapping({
  $schema: v.optional(v.pipe(v.string(), v.description('Where editors find this schema.'))),
  version: v.pipe(v.literal(1), v.description('The version of this format.')),
  mirror: v.optional(v.pipe(nonEmpty, v.description('The value of ${mirror} in `to`.'))),
  bypass: v.optional(
    v.pipe(
      v.union([nonEmpty, v.literal(false)]),
      v.description('The first segment that forces the origin; default direct.to, false for none.'),
    ),
  ),
  registries: v.optional(
    v.pipe(
      registriesSchema,
      v.description(
        'Facts about registries: a registry, or a registry and the first segments of a repository. Of several keys for an image the longest one counts, for each fact.',
      ),
    ),
  ),
  namespaces: v.optional(
    v.pipe(namespacesSchema, v.description('The namespaces to whose Pods the rules apply.')),
  ),
  skip: v.optional(
    v.pipe(
      strictMapping({
        owners: v.optional(
          v.pipe(globs, v.description('Owner kinds: Kind or Kind.group, globs allowed.')),
        ),
        labels: v.optional(
          v.pipe(
            valueGlobs,
            v.description(
              'Pod labels, any of which is enough. A value is a glob, or a list of globs.',
            ),
          ),
        ),
        annotations: v.optional(
          v.pipe(
            valueGlobs,
            v.description(
              'Pod annotations, any of which is enough. A value is a glob, or a list of globs.',
            ),
          ),
        ),
      }),
      v.description('Pods that are left alone, such as those of operators that compare images.'),
    ),
  ),
  exits: v.optional(
    v.pipe(
      v.union([v.picklist(['all', 'none']), v.array(v.picklist(exitNames))]),
      v.description(
        'The ways in which the author of a Pod may keep an image away from these rules: all (the default), none, or a list of the open ones.',
      ),
    ),
  ),
  annotate: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Record the original images in annotations, so that an update that writes one again leaves what runs.',
      ),
    ),
  ),
  namespaceRules: v.optional(
    v.pipe(
      strictMapping({
        to: v.pipe(
          v.array(nonEmpty),
          v.minLength(1),
          v.description(
            'The registries, with an optional repository prefix, that their `to` may name.',
          ),
        ),
        namespaces: v.optional(
          v.pipe(namespacesSchema, v.description('The namespaces that may have their own rules.')),
        ),
      }),
      v.description(
        'Lets ConfigMaps labelled image-detour/rules: "true" add rules for their own namespace, after those of this file.',
      ),
    ),
  ),
  warn: v.optional(
    v.pipe(v.boolean(), v.description('Warn kubectl users about each rewritten image.')),
  ),
  rules: v.pipe(
    v.array(ruleSchema),
    v.description('The rules, in any order: the one with the most specific from decides.'),
  ),
  expect: v.optional(
    v.pipe(
      // `keep` and `deny` have the form of images.
      mappingTo(textOrMapping(imageReference, mappingTo(imageReference))),
      v.description(
        'Tests of this file, run by detour check: an image, and the image that it becomes, keep, or deny; or a mapping from namespaces to that.',
      ),
    ),
  ),
  workloads: v.optional(
    v.pipe(
      workloadsSchema,
      v.description('Kinds of objects that hold images, in addition to those that are known.'),
    ),
  ),
  sync: v.optional(v.pipe(syncSchema, v.description('What detour sync copies to the mirror.'))),
});

/** RulesFile is a rules file that has the right form; its content may still be wrong. */
export type RulesFile = v.InferOutput<typeof rulesFileSchema>;
/** RuleEntry is an entry of `rules`, as written. */
export type RuleEntry = v.InferOutput<typeof ruleSchema>;
/** NamespaceFilter says by globs which namespaces something applies in; see admitsNamespace. */
export type NamespaceFilter = v.InferOutput<typeof namespacesSchema>;
