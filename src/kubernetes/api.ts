import { readFile } from 'node:fs/promises';
import { type RequestOptions, request as sendRequest } from 'node:https';

/*
 * What the webhook asks of the Kubernetes API from inside a Pod: a few objects by name. The well-kept client library takes
 * 62 MB of memory for it, the whole of the webhook 70 (docs/decisions/0009-kubernetes-client.md).
 */

/** Where the API is and who asks; read for every request, because tokens are renewed. */
export interface ApiAccess {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly token: string;
}

/** A parsed answer, and the API server's own time. */
export interface ApiAnswer<T> {
  readonly object: T;
  /** In milliseconds since 1970. */
  readonly time: number;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** An answer that is no success: the API's own message, and its HTTP status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether an object is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Whether somebody else has changed an object since it was read. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** Asks for a list without what is in its objects. */
export const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

const timeout = 10_000;
/** A page of ConfigMaps' metadata is the largest answer. */
const maxAnswer = 16 * 1024 * 1024;
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The service account of the Pod. */
export function inClusterAccess(env: NodeJS.ProcessEnv): () => Promise<ApiAccess> {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = Number(env.KUBERNETES_SERVICE_PORT ?? 443);
  return async () => {
    if (host === undefined) throw new Error('this is no Pod: KUBERNETES_SERVICE_HOST is not set');
    const [ca, token] = await Promise.all([readAccount('ca.crt'), readAccount('token')]);
    return { host, port, ca, token: token.trim() };
  };
}

/** The namespace of the Pod. */
export async function ownNamespace(): Promise<string> {
  return (await readAccount('namespace')).trim();
}

async function readAccount(file: string): Promise<string> {
  return await readFile(`${accountFolder}/${file}`, 'utf8').catch((error: Error) => {
    throw new Error(`the service account's ${file} cannot be read: ${error.message}`);
  });
}

/** Reads and writes objects. Every method throws ApiError for an answer that is no success, Error where there is none. */
export class KubernetesApi {
  readonly #access: () => Promise<ApiAccess>;

  constructor(access: () => Promise<ApiAccess>) {
    this.#access = access;
  }

  /** `path` as in `/api/v1/namespaces/NAMESPACE/secrets/NAME`. */
  get<T>(path: string, accept?: string): Promise<ApiAnswer<T>> {
    return this.#send('GET', path, { accept });
  }

  create<T extends object>(path: string, object: T): Promise<ApiAnswer<T>> {
    return this.#send('POST', path, { object });
  }

  /** A conflict unless the object is still the one that was read, by its resourceVersion. */
  update<T extends object>(path: string, object: T): Promise<ApiAnswer<T>> {
    return this.#send('PUT', path, { object });
  }

  async #send<T>(
    method: string,
    path: string,
    { object, accept = 'application/json' }: { object?: object; accept?: string | undefined },
  ): Promise<ApiAnswer<T>> {
    const { token, ...target } = await this.#access();
    const { status, text, date } = await exchange(
      {
        ...target,
        method,
        path,
        // No connection is kept: behind the address another API server may answer the next time.
        agent: false,
        headers: {
          Authorization: `Bearer ${token}`,
          Accept: accept,
          'Content-Type': 'application/json',
          'User-Agent': 'image-detour',
        },
        signal: AbortSignal.timeout(timeout),
      },
      object === undefined ? '' : JSON.stringify(object),
    );
    if (status < 200 || status > 299) throw new ApiError(status, messageOf(status, text));
    return { object: JSON.parse(text) as T, time: date ?? Date.now() };
  }
}

interface Exchanged {
  readonly status: number;
  readonly text: string;
  readonly date: number | undefined;
}

function exchange(options: RequestOptions, body: string): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswer) request.destroy(new Error(`the answer exceeds ${maxAnswer} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        const date = Date.parse(response.headers.date ?? '');
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
          date: Number.isNaN(date) ? undefined : date,
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The message of a Status object, in which the API says who may not do what. */
function messageOf(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // What is no JSON comes from something in between.
  }
  return `the Kubernetes API answered with ${status}`;
}
