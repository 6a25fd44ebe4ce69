import * as v from 'valibot';
import { exitNames } from './exit-names.ts';
import { secretName } from './secret-name.ts';

/*
 * The rules file, as users write it. `schema/detour.schema.json` is generated from this, descriptions included, so
 * that editors can complete and explain.
 */

const nonEmpty = v.pipe(v.string(), v.nonEmpty());
const globs = v.array(nonEmpty);

const namespacesSchema = v.strictObject({
  include: v.optional(
    v.pipe(globs, v.description('Only namespaces that match one of these globs; all when absent.')),
  ),
  exclude: v.optional(
    v.pipe(
      globs,
      v.description('No namespace that matches one of these globs; stronger than include.'),
    ),
  ),
});

const pullSecrets = (description: string) =>
  v.optional(v.pipe(v.array(v.pipe(v.string(), v.regex(secretName))), v.description(description)));

export const ruleSchema = v.strictObject({
  from: v.pipe(
    v.union([nonEmpty, v.pipe(v.array(nonEmpty), v.minLength(1))]),
    v.description(
      'A registry, or a registry and the first segments of a repository. Several in a list are the same images under several names. "*.gcr.io" is any host below gcr.io, "*" every registry that no other rule matches.',
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
        "Whether library/ of Docker Hub's official images goes along; default as-written.",
      ),
    ),
  ),
  namespaces: v.optional(
    v.pipe(namespacesSchema, v.description('Where this rule holds; elsewhere a shorter one may.')),
  ),
  pullSecrets: pullSecrets(
    "Secrets that are added to a new Pod's imagePullSecrets where this rule rewrote an image; instead of the file's.",
  ),
});

export const rulesFileSchema = v.strictObject({
  $schema: v.optional(v.pipe(v.string(), v.description('Where editors find this schema.'))),
  version: v.pipe(v.literal(1), v.description('The version of this format.')),
  mirror: v.optional(v.pipe(nonEmpty, v.description('What ${mirror} stands for in `to`.'))),
  bypass: v.optional(
    v.pipe(
      v.union([nonEmpty, v.literal(false)]),
      v.description('The first segment that forces the origin; default direct.to, false for none.'),
    ),
  ),
  namespaces: v.optional(
    v.pipe(namespacesSchema, v.description('The namespaces whose Pods are looked at.')),
  ),
  skip: v.optional(
    v.pipe(
      v.strictObject({
        owners: v.optional(
          v.pipe(globs, v.description('Owner kinds: Kind or Kind.group, globs allowed.')),
        ),
        labels: v.optional(
          v.pipe(
            v.record(v.string(), v.string()),
            v.description('Pod labels, any of which is enough; globs allowed in values.'),
          ),
        ),
      }),
      v.description('Pods left alone, such as those of operators that compare images.'),
    ),
  ),
  exits: v.optional(
    v.pipe(
      v.union([v.picklist(['all', 'none']), v.array(v.picklist(exitNames))]),
      v.description(
        'The ways by which the author of a Pod may keep an image away from these rules: all (the default), none, or a list of those that are open.',
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
    "Secrets that are added to a new Pod's imagePullSecrets where a rule rewrote an image.",
  ),
  namespaceRules: v.optional(
    v.pipe(
      v.strictObject({
        to: v.pipe(
          v.array(nonEmpty),
          v.minLength(1),
          v.description(
            'The registries, with a repository prefix if you like, that their `to` may name.',
          ),
        ),
        namespaces: v.optional(
          v.pipe(
            namespacesSchema,
            v.description('The namespaces that may have rules of their own.'),
          ),
        ),
      }),
      v.description(
        'Lets ConfigMaps labelled image-detour/rules: "true" add rules for their own namespace, after those of this file.',
      ),
    ),
  ),
  warn: v.optional(v.pipe(v.boolean(), v.description('Tell kubectl users what was rewritten.'))),
  rules: v.array(ruleSchema),
});

/** A rules file that has the right form; what it says may still be wrong. */
export type RulesFile = v.InferOutput<typeof rulesFileSchema>;
export type RuleEntry = v.InferOutput<typeof ruleSchema>;
export type NamespaceFilter = v.InferOutput<typeof namespacesSchema>;
