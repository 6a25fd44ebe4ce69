import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { permissionFor } from '../ecr/permission.ts';
import { ecrRegistry } from '../reference/ecr-registry.ts';
import { type Access, type AccessOptions, createAccess } from './access.ts';
import { secretsOfHeader } from './authorization/secrets.ts';
import type { Answer, Call, OpenAnswer } from './call.ts';
import type { ClientEvent } from './client-event.ts';
import { connectionError } from './connection-error.ts';
import { deliver } from './delivery.ts';
import { errorOf, requestError } from './error-answer.ts';
import { parseJson } from './parse-json.ts';
import { RegistryError } from './registry-error.ts';
import { reportAnswer } from './report-answer.ts';
import type { Repository } from './repository.ts';
import { retryAfterOf } from './request/headers.ts';
import type { HostLimit } from './request/host-limit.ts';
import { readBody } from './request/read-body.ts';
import { pauseAfter, retrying } from './request/retry.ts';
import type { Timing } from './request/timing.ts';

const maxSmallBody = 64 * 1024;

/**
 * Transport sends requests to registries: with authorization, along redirects, again after failures,
 * and not more at once than each registry takes.
 */
export class Transport {
  readonly #options: AccessOptions;
  readonly #accesses = new Map<string, Access>();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  get timing(): Timing {
    return this.#options.timing;
  }

  get env(): NodeJS.ProcessEnv {
    return this.#options.env;
  }

  /** Returns what requests to a registry share. */
  access(registry: string): Access {
    const access = this.#accesses.get(registry) ?? createAccess(registry, this.#options);
    this.#accesses.set(registry, access);
    return access;
  }

  /** Reports something that happened. */
  report(event: ClientEvent): void {
    this.#options.emit(event);
  }

  /**
   * Returns the name of the token service of a registry; empty if it answered without one, undefined
   * if it has not answered anything yet.
   */
  tokenService(registry: string): string | undefined {
    const { authorizerAt, base, outage } = this.access(registry);
    return authorizerAt(base).service ?? (outage.hasAnswered ? '' : undefined);
  }

  /** Repeats something that fails with a RegistryError that is retryable. */
  async retrying<T>({ registry }: Repository, attempt: () => Promise<T>): Promise<T> {
    try {
      return await retrying(registry, this.#options, attempt);
    } catch (error) {
      // A blob that is written may fail because of the registry that it is read from.
      if (error instanceof RegistryError) this.access(error.host).outage.noteFailure(error);
      throw error;
    }
  }

  /** Waits before something is tried again that failed `tries` times in a row. */
  pause({ registry }: Repository, error: RegistryError, tries: number): Promise<void> {
    return pauseAfter(error, tries, registry, this.#options);
  }

  /**
   * Sends a request and reads the answer.
   *
   * @throws RegistryError if the answer is neither a success nor one that the call accepts
   */
  async send(call: Call): Promise<Answer> {
    const attempt = async () => {
      const leave = call.hasPlace ? undefined : await this.#limitOf(call).enter();
      try {
        const { response, ...answer } = await this.open(call);
        const body = await this.#read(call, response, answer.url);
        const whole = { ...answer, body };
        return call.isJson ? { ...whole, json: parseJson(call, whole) } : whole;
      } finally {
        leave?.();
      }
    };
    return call.isOnce ? await attempt() : await this.retrying(call.repository, attempt);
  }

  /**
   * Sends a request once and returns the head of the answer. The caller reads or destroys the body,
   * and has entered the limit of the registry.
   *
   * @throws RegistryError, as `send`
   */
  async open(call: Call): Promise<OpenAnswer> {
    const { signal, emit, timing } = this.#options;
    signal.throwIfAborted();
    const { registry } = call.repository;
    const access = this.access(registry);
    const { outage } = access;
    outage.throwIfOut();
    const sent = performance.now();
    const delivered = await deliver(call, access, this.#options).catch((error: unknown) => {
      // The stream of an upload may fail because of the registry that it is read from.
      if (error instanceof RegistryError && error.host === registry)
        outage.noteAttempt(error, sent);
      throw error;
    });
    outage.answered();
    const { response, url, authorization } = delivered;
    const { statusCode: status = 0, headers } = response;
    const secrets = secretsOfHeader(authorization?.header);
    reportAnswer(emit, registry, headers, secrets);
    if (status === 429 || status === 503) this.#limitOf(call).overloaded(pauseIn(headers, timing));
    else this.#limitOf(call).succeeded();
    const isAnswer = (status >= 200 && status < 300) || call.accepts?.includes(status);
    if (isAnswer) return { status, headers, url, response };
    const body =
      delivered.body ??
      (await readBody(response, maxSmallBody, timing.stall).catch(() => undefined));
    throw errorOf(call, {
      status,
      headers,
      body: body ?? Buffer.alloc(0),
      secrets,
      hadLogin: authorization?.isLogin ?? false,
      permission: ecrRegistry(registry) && permissionFor(call.method, `${call.target}`),
    });
  }

  /** Returns the error of an answer from a URL that was cut short. */
  cutAnswer(call: Call, error: Error, url: URL): RegistryError {
    const { connections } = this.access(call.repository.registry);
    return connectionError(call, error, connections.elsewhere(url));
  }

  close(): void {
    for (const { connections } of this.#accesses.values()) connections.close();
  }

  #limitOf({ repository, action }: Call): HostLimit {
    const { limits } = this.access(repository.registry);
    return action === 'pull' || action === 'list' ? limits.read : limits.write;
  }

  async #read(call: Call, response: IncomingMessage, url: URL): Promise<Buffer> {
    const limit = call.limit ?? maxSmallBody;
    const body = await readBody(response, limit, this.timing.stall).catch((error: Error) => {
      throw this.cutAnswer(call, error, url);
    });
    if (body !== undefined) return body;
    throw requestError(call, `the answer has more than ${limit} bytes`, { code: 'SIZE_INVALID' });
  }
}

/** Returns how long a host is to be left alone; what is too long ends the requests instead. */
function pauseIn(headers: IncomingHttpHeaders, { maxRetryAfter }: Timing): number {
  const pause = retryAfterOf(headers) ?? 0;
  return pause > maxRetryAfter ? 0 : pause;
}
