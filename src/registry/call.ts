import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Action } from './authorization/scope.ts';
import type { Asked } from './error-answer.ts';
import type { Body } from './request/exchange.ts';

/** Call is a request to a registry. */
export interface Call extends Asked {
  readonly action: Action;
  /** A repository of the same registry that must be readable too. */
  readonly from?: string | undefined;
  readonly method: string;
  /** A path of the registry, or a URL that it gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
  /** The statuses that count as answers, in addition to those of a success. */
  readonly accepts?: readonly number[];
  /** Whether the answer is to be parsed as JSON: what was cut on the way is asked for again. */
  readonly isJson?: boolean;
  /** The longest body that is read, in bytes; 64 KiB by default. */
  readonly limit?: number;
  /**
   * What authorizes the request at the registry itself: a token or the login, whichever it asks for
   * (the default). APIs that are not in the distribution spec always get the login, or nothing.
   */
  readonly login?: 'as-asked' | 'basic' | 'none';
  /** Whether the caller itself retries. */
  readonly isOnce?: boolean;
  /** Whether the caller has entered the limit of the registry. */
  readonly hasPlace?: boolean;
}

/** Answer is an answer whose body has been read. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly body: Buffer;
  /** What it holds if the call is for JSON; undefined if that is not JSON. */
  readonly json?: unknown;
}

/** OpenAnswer is an answer whose body has not been read yet. */
export interface OpenAnswer extends Omit<Answer, 'body'> {
  readonly response: IncomingMessage;
}
