import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import { openExchange, readBody } from './exchange.ts';

/*
 * What the webhook needs of the Kubernetes API from inside a Pod: a few objects by name, and a
 * watch. The client library that is maintained takes 62 MB of memory for it, and the whole webhook
 * 70 MB (docs/decisions/0009-kubernetes-client.md).
 */

/**
 * ApiAccess is the address of the API and the credentials for it. It is read for every request,
 * because tokens are renewed.
 */
export interface ApiAccess {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly token: string;
}

/** ApiAnswer is a parsed answer, and the time of the API server's clock. */
export interface ApiAnswer<T> {
  readonly object: T;
  /** In milliseconds since 1970. */
  readonly time: number;
}

/** Metadata is the part of an object's metadata that this project reads. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** ApiError is an answer that is not a success: the API's message and the HTTP status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Reports whether an error means that an object does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/**
 * Reports whether an error means that another client has changed an object since it was read, or
 * has created it.
 */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** How long a request may take by default, in milliseconds. */
const defaultTimeout = 10_000;
/** The longest answer that is read by default, in bytes. */
const maxAnswer = 16 * 1024 * 1024;
const maxErrorAnswer = 64 * 1024;
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Returns access with the service account of the Pod.
 *
 * @throws Error, from the returned function, if this is not a Pod or the service account cannot be
 *   read
 */
export function inClusterAccess(env: NodeJS.ProcessEnv): () => Promise<ApiAccess> {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = Number(env.KUBERNETES_SERVICE_PORT ?? 443);
  return async () => {
    if (host === undefined)
      throw new Error('this is not a Pod: KUBERNETES_SERVICE_HOST is not set');
    const [ca, token] = await Promise.all([readAccount('ca.crt'), readAccount('token')]);
    return { host, port, ca, token: token.trim() };
  };
}

/**
 * Returns the namespace of the Pod.
 *
 * @throws Error if the service account cannot be read
 */
export async function podNamespace(): Promise<string> {
  return (await readAccount('namespace')).trim();
}

async function readAccount(file: string): Promise<string> {
  return await readFile(`${accountFolder}/${file}`, 'utf8').catch((error: Error) => {
    throw new Error(`the service account's ${file} cannot be read: ${error.message}`);
  });
}

/** GetOptions are the form and the limit of an answer. */
export interface GetOptions {
  /** The media type of the answer. The default is JSON. */
  readonly accept?: string;
  /** The longest answer that is read, in bytes. The default is 16 MiB. */
  readonly limit?: number;
}

/**
 * KubernetesApi reads and writes objects. Every method throws ApiError if the API refuses,
 * AnswerTooLargeError past the limit, and Error if the API cannot be reached.
 */
export class KubernetesApi {
  readonly #access: () => Promise<ApiAccess>;
  readonly #timeout: number;
  /**
   * Requests follow each other on one connection, because a TLS handshake costs the API server more
   * than a small answer. An open watch takes one more.
   */
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 1 });
  /** How far the API server's clock is ahead of this machine's, in milliseconds. */
  #clockOffset = 0;

  /** @param timeout how long a request may take, in milliseconds */
  constructor(access: () => Promise<ApiAccess>, timeout = defaultTimeout) {
    this.#access = access;
    this.#timeout = timeout;
  }

  /**
   * Returns the time by the API server's clock, in milliseconds since 1970; by this machine's until
   * the API server has answered.
   */
  now(): number {
    return Date.now() + this.#clockOffset;
  }

  /** Reads the object or list at a path such as `/api/v1/namespaces/NAMESPACE/secrets/NAME`. */
  get<T>(path: string, { accept, limit }: GetOptions = {}): Promise<ApiAnswer<T>> {
    return this.#exchange('GET', path, { accept, limit });
  }

  /** Creates an object in the collection at `path`. */
  create<T extends object>(path: string, object: T): Promise<ApiAnswer<T>> {
    return this.#exchange('POST', path, { object });
  }

  /**
   * Replaces an object. The API answers with a conflict unless the resourceVersion of `object` is
   * the current one.
   */
  update<T extends object>(path: string, object: T): Promise<ApiAnswer<T>> {
    return this.#exchange('PUT', path, { object });
  }

  /** Opens an answer that goes on until the API server or `signal` ends it. */
  async stream(path: string, accept: string, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await openExchange(await this.#request('GET', path, { accept, signal }), '');
    if (isSuccess(response)) return response;
    throw await apiError(response);
  }

  async #exchange<T>(
    method: string,
    path: string,
    { object, accept, limit = maxAnswer }: Sending,
  ): Promise<ApiAnswer<T>> {
    const signal = AbortSignal.timeout(this.#timeout);
    const body = object === undefined ? '' : JSON.stringify(object);
    const request = await this.#request(method, path, { accept, signal });
    try {
      const response = await openExchange(request, body);
      if (!isSuccess(response)) throw await apiError(response);
      const date = Date.parse(response.headers.date ?? '');
      if (!Number.isNaN(date)) this.#clockOffset = date - Date.now();
      const time = this.now();
      return { object: JSON.parse(await readBody(response, limit)) as T, time };
    } catch (error) {
      if (!signal.aborted || error instanceof ApiError) throw error;
      throw new Error(`the Kubernetes API has not answered within ${this.#timeout / 1000} s`);
    }
  }

  async #request(
    method: string,
    path: string,
    { accept = 'application/json', signal }: { accept?: string | undefined; signal: AbortSignal },
  ): Promise<RequestOptions> {
    const { token, ...connection } = await this.#access();
    return {
      ...connection,
      method,
      path,
      signal,
      agent: this.#agent,
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: accept,
        'Content-Type': 'application/json',
        'User-Agent': 'image-detour',
      },
    };
  }
}

interface Sending {
  readonly object?: object;
  readonly accept?: string | undefined;
  readonly limit?: number | undefined;
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

async function apiError(response: IncomingMessage): Promise<ApiError> {
  const status = response.statusCode ?? 0;
  const text = await readBody(response, maxErrorAnswer).catch(() => '');
  return new ApiError(status, messageOf(status, text));
}

/** Returns the message of a Status object, in which the API says who is not allowed to do what. */
function messageOf(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // An answer that is not JSON comes from a proxy in between.
  }
  return `the Kubernetes API answered with ${status}`;
}
