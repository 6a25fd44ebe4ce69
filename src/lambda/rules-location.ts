import { fileURLToPath } from 'node:url';
import { objectSource, parameterSource } from '../rules-source/aws.ts';
import { fileSource } from '../rules-source/file.ts';
import { fixedSource, type RulesSource } from '../rules-source/source.ts';

/**
 * RulesLocation is the environment variables that say where the rules are. The first that is set
 * counts; if none is, the file of the package does.
 */
export interface RulesLocation {
  /** `ssm:NAME` for a parameter, or `s3://BUCKET/KEY` for an object. */
  readonly DETOUR_RULES_FROM?: string | undefined;
  /** A rules file itself. The environment of a Lambda function holds 4 kB. */
  readonly DETOUR_RULES?: string | undefined;
}

/**
 * Returns the source of the rules. `file` is the file of the package.
 *
 * @throws Error if DETOUR_RULES_FROM has no known form
 */
export async function findRulesSource(location: RulesLocation, file: URL): Promise<RulesSource> {
  const { DETOUR_RULES_FROM: from, DETOUR_RULES: text } = location;
  if (from) return await remoteSource(from);
  if (text) return fixedSource('DETOUR_RULES', text);
  return { ...fileSource(fileURLToPath(file)), name: 'rules.yaml' };
}

async function remoteSource(from: string): Promise<RulesSource> {
  const [, parameter] = /^ssm:(.+)$/.exec(from) ?? [];
  if (parameter !== undefined) return await parameterSource(from, parameter);
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(from) ?? [];
  if (bucket !== undefined && key !== undefined) return await objectSource(from, bucket, key);
  throw new Error('DETOUR_RULES_FROM is neither ssm:NAME nor s3://BUCKET/KEY');
}
