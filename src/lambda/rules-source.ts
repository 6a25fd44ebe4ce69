import { fileURLToPath } from 'node:url';
import { readRegularFileWithin } from '../file/read-within.ts';
import { maxRulesLength } from '../rules/load.ts';

/** Where a rules file is read from. */
export interface RulesSource {
  /** For the log. */
  readonly name: string;
  /** Whether it may say something else later. */
  readonly isLive: boolean;
  /**
   * The text of the file; undefined where it is the one that was read last.
   *
   * @throws Error of the file system or of AWS, or one that says that the file is too large
   */
  read(): Promise<string | undefined>;
}

/** The environment variables that say where the rules are; the first that is set counts, else the file of the package. */
export interface RulesLocation {
  /** `ssm:NAME` of a parameter, or `s3://BUCKET/KEY`. */
  readonly DETOUR_RULES_FROM?: string | undefined;
  /** A rules file itself; Lambda's environment holds 4 kB. */
  readonly DETOUR_RULES?: string | undefined;
}

/**
 * The largest object that is read, in bytes: some 1,500 rules. Compiling changed rules holds up what is asked meanwhile, for
 * about a second where a function of 256 MB has a seventh of a processor.
 */
const maxObjectSize = 128 * 1024;

/** Nobody waits for these but a cold start, and that has ten seconds. */
const clientConfig = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
};

/**
 * @throws Error for a DETOUR_RULES_FROM of no known form
 */
export async function openRules(location: RulesLocation, file: URL): Promise<RulesSource> {
  const { DETOUR_RULES_FROM: from, DETOUR_RULES: text } = location;
  if (from) return await openRemote(from);
  if (text) return { name: 'DETOUR_RULES', isLive: false, read: async () => text };
  const read = () => readRegularFileWithin(fileURLToPath(file), maxRulesLength);
  return { name: 'rules.yaml', isLive: false, read };
}

async function openRemote(from: string): Promise<RulesSource> {
  const [, parameter] = /^ssm:(.+)$/.exec(from) ?? [];
  if (parameter !== undefined) return await openParameter(from, parameter);
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(from) ?? [];
  if (bucket !== undefined && key !== undefined) return await openObject(from, bucket, key);
  throw new Error('DETOUR_RULES_FROM is neither ssm:NAME nor s3://BUCKET/KEY');
}

/** The clients are loaded only where they are needed: they double the time of a cold start. */
async function openParameter(name: string, parameter: string): Promise<RulesSource> {
  const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
  const client = new SSMClient(clientConfig);
  const command = new GetParameterCommand({ Name: parameter, WithDecryption: true });
  let last: number | undefined;
  return {
    name,
    isLive: true,
    read: async () => {
      const { Parameter } = await client.send(command);
      if (Parameter?.Version !== undefined && Parameter.Version === last) return undefined;
      last = Parameter?.Version;
      return Parameter?.Value ?? '';
    },
  };
}

async function openObject(name: string, bucket: string, key: string): Promise<RulesSource> {
  const { GetObjectCommand, HeadObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client(clientConfig);
  const object = { Bucket: bucket, Key: key };
  let last: string | undefined;
  return {
    name,
    isLive: true,
    read: async () => {
      // Asked for first: GetObject tells by an exception that nothing has changed, and begins to send what is too large.
      const { ETag, ContentLength = 0 } = await client.send(new HeadObjectCommand(object));
      if (ETag !== undefined && ETag === last) return undefined;
      if (ContentLength > maxObjectSize) {
        throw new Error(`it has ${ContentLength} bytes; at most ${maxObjectSize} are read`);
      }
      const { Body } = await client.send(new GetObjectCommand({ ...object, IfMatch: ETag }));
      const text = await Body?.transformToString();
      last = ETag;
      return text ?? '';
    },
  };
}
