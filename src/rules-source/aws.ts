import type { RulesSource } from './source.ts';

/**
 * The largest object that is read, in bytes: some 1,500 rules. Compiling changed rules holds up
 * reviews, for about a second where a function with 256 MB has a seventh of a processor.
 */
const maxObjectSize = 128 * 1024;

/** Only a cold start waits for these clients, and it has ten seconds. */
const clientConfig = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
} as const;

/*
 * The clients are loaded on demand: they double the time of a cold start.
 */

/** Returns the source of a parameter in AWS Systems Manager. `name` is for messages. */
export async function parameterSource(name: string, parameter: string): Promise<RulesSource> {
  const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
  const client = new SSMClient(clientConfig);
  const command = new GetParameterCommand({ Name: parameter, WithDecryption: true });
  let last: number | undefined;
  const read = async (signal?: AbortSignal) => {
    const { Parameter } = await client.send(command, until(signal));
    if (Parameter?.Version !== undefined && Parameter.Version === last) return undefined;
    last = Parameter?.Version;
    return Parameter?.Value ?? '';
  };
  return { name, isLive: true, read };
}

/** Returns the source of an object in S3. `name` is for messages. */
export async function objectSource(
  name: string,
  bucket: string,
  key: string,
): Promise<RulesSource> {
  const { GetObjectCommand, HeadObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client(clientConfig);
  const object = { Bucket: bucket, Key: key };
  let last: string | undefined;
  const read = async (signal?: AbortSignal) => {
    // The head is requested first: GetObject reports with an exception that nothing has changed,
    // and begins to send what is too large.
    const { ETag, ContentLength = 0 } = await client.send(
      new HeadObjectCommand(object),
      until(signal),
    );
    if (ETag !== undefined && ETag === last) return undefined;
    if (ContentLength > maxObjectSize) {
      throw new Error(`it has ${ContentLength} bytes; at most ${maxObjectSize} are read`);
    }
    const { Body } = await client.send(
      new GetObjectCommand({ ...object, IfMatch: ETag }),
      until(signal),
    );
    const text = await Body?.transformToString();
    last = ETag;
    return text ?? '';
  };
  return { name, isLive: true, read };
}

/** Returns how the SDK is told to give a request up. */
function until(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
