import * as v from 'valibot';
import { mappingTo, strictMapping } from './mapping.ts';
import {
  ecrEncryption,
  ecrLifecycle,
  ecrPolicy,
  ecrTagValue,
  secretName,
  size,
} from './registry-forms.ts';

/*
 * What a rules file says about a registry, whichever rule names it. `chunk` and `ecr` are for
 * `detour sync`.
 */

const ecrSchema = strictMapping({
  create: v.optional(
    v.pipe(v.boolean(), v.description('Create repositories that do not exist yet.')),
  ),
  immutable: v.optional(
    v.pipe(v.boolean(), v.description('Create repositories whose tags cannot be moved.')),
  ),
  scan: v.optional(v.pipe(v.boolean(), v.description('Scan images when they are pushed.'))),
  encryption: v.optional(
    v.pipe(
      v.string(),
      v.regex(ecrEncryption),
      v.description('How new repositories are encrypted: AES256, KMS, or the ARN of a KMS key.'),
    ),
  ),
  policy: v.optional(
    v.pipe(
      v.string(),
      v.regex(ecrPolicy),
      v.description('The policy of new repositories, as JSON text; none for no policy.'),
    ),
  ),
  lifecycle: v.optional(
    v.pipe(
      v.string(),
      v.regex(ecrLifecycle),
      v.description('The lifecycle policy of new repositories, as JSON text.'),
    ),
  ),
  tags: v.optional(
    v.pipe(
      mappingTo(v.pipe(v.string(), v.regex(ecrTagValue))),
      v.description('The AWS tags of new repositories.'),
    ),
  ),
});

const registrySchema = strictMapping({
  pullSecrets: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(secretName))),
      v.description(
        "Secrets that are added to a new Pod's imagePullSecrets if it pulls from here. [] means none, against a shorter key.",
      ),
    ),
  ),
  plainHttp: v.optional(
    v.pipe(v.literal(true), v.description('Nodes and sync speak HTTP to it, without TLS.')),
  ),
  ca: v.optional(
    v.pipe(
      v.string(),
      v.nonEmpty(),
      v.description('The certificates of its CA in PEM, for nodes and sync.'),
    ),
  ),
  chunk: v.optional(
    v.pipe(
      v.string(),
      v.regex(size),
      v.description(
        'Upload in parts of this size, such as 16MiB, if it refuses larger requests. For sync.',
      ),
    ),
  ),
  ecr: v.optional(
    v.pipe(ecrSchema, v.description('How sync creates repositories, if this is an Amazon ECR.')),
  ),
});

/** Holds the schema of each fact. */
export const factsOfRegistry = registrySchema.entries;

/** Describes `registries`: a mapping from a registry, with an optional path, to facts about it. */
export const registriesSchema = mappingTo(registrySchema);

/** RegistryFacts is what a file says about a registry. */
export type RegistryFacts = v.InferOutput<typeof registrySchema>;
