import * as v from 'valibot';
import { exitNames } from './exit-names.ts';
import { strictMapping, textMapping } from './mapping.ts';
import { secretName } from './secret-name.ts';

/*
 * The rules file, as users write it. `schema/detour.schema.json` is generated from this,
 * descriptions included, so that editors can complete and explain.
 */

const nonEmpty = v.pipe(v.string(), v.nonEmpty());
const globs = v.array(nonEmpty);

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

const pullSecrets = (description: string) =>
  v.optional(v.pipe(v.array(v.pipe(v.string(), v.regex(secretName))), v.description(description)));

/** Describes one rule of the file: `from`, what happens to its images, and where that applies. */
export const ruleSchema = strictMapping({
  from: v.pipe(
    v.union([nonEmpty, v.pipe(v.array(nonEmpty), v.minLength(1))]),
    v.description(
      'A registry, or a registry and the first segments of a repository. A list names the same images under several names. "*.gcr.io" is any host under gcr.io, "*" every registry that no other rule matches.',
    ),
  ),
  to: v.optional(
    v.pipe(
      nonEmpty,
      v.description(
        "A registry and optional repository prefix; the rest of the path, the tag and the digest are appended. ${mirror} is the file's mirror, ${registry} the host of the image.",
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
  pullSecrets: pullSecrets(
    "Secrets that are added to a new Pod's imagePullSecrets if this rule rewrote one of its images. They replace those of the file.",
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
            textMapping(),
            v.description('Pod labels, any of which is enough; globs allowed in values.'),
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
      v.description('Write the original images into the annotation image-detour/original-images.'),
    ),
  ),
  pullSecrets: pullSecrets(
    "Secrets that are added to a new Pod's imagePullSecrets if a rule rewrote one of its images.",
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
  rules: v.array(ruleSchema),
});

/** RulesFile is a rules file that has the right form; its content may still be wrong. */
export type RulesFile = v.InferOutput<typeof rulesFileSchema>;
/** RuleEntry is an entry of `rules`, as written. */
export type RuleEntry = v.InferOutput<typeof ruleSchema>;
/** NamespaceFilter says by globs which namespaces something applies in; see admitsNamespace. */
export type NamespaceFilter = v.InferOutput<typeof namespacesSchema>;
