import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { NamespaceRules } from '../admission/decide-pod.ts';
import { reviewAdmission } from '../admission/review.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { logReview } from './log.ts';
import type { Metrics } from './metrics.ts';
import { BodyError, readBody } from './read-body.ts';

/** Where reviews are taken; `/` too, for who leaves the path out of the URL. */
export const webhookPath = '/mutate';
const paths = new Set([webhookPath, '/']);
/** What Kubernetes waits where nothing else is said, in milliseconds. */
const defaultTimeout = 10_000;
const maxTimeout = 30_000;
/** How long a refused request is still read, in milliseconds. */
const lingerTime = 500;

export interface WebhookContext {
  /** The rules in force now. */
  readonly rules: () => RuleSet;
  /** Those that namespaces add, where they may. */
  readonly namespaceRules: (() => NamespaceRules) | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Whether connections are to be given up after their next answer. */
  readonly isDraining: () => boolean;
}

interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers admission reviews. Every refusal has its HTTP status and one line that says why; none is ever a redirect. */
export function createWebhook(context: WebhookContext) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    context.metrics.inFlight++;
    response.once('close', () => context.metrics.inFlight--);
    const refusal = refusalOf(request);
    if (refusal !== undefined) refuse(context, request, response, refusal);
    else answer(context, request, response);
  };
}

function refusalOf({ method, url = '', headers }: IncomingMessage): Refusal | undefined {
  const path = url.split('?', 1)[0] as string;
  if (!paths.has(path)) return { status: 404, message: `reviews are taken at ${webhookPath}` };
  if (method !== 'POST') {
    const message = 'an AdmissionReview is sent by POST';
    return { status: 405, message, headers: { Allow: 'POST' } };
  }
  const type = headers['content-type'] ?? '';
  if (type === 'application/json') return undefined;
  const isJson = /^application\/json\s*(;|$)/i.test(type);
  return isJson ? undefined : { status: 415, message: 'the Content-Type must be application/json' };
}

function answer(context: WebhookContext, request: IncomingMessage, response: ServerResponse): void {
  const start = performance.now();
  readBody(request, start + timeoutOf(request.url), (body) => {
    try {
      if (typeof body !== 'string') throw body;
      if (review(context, request, response, body)) {
        context.metrics.observeDuration(performance.now() - start);
      }
    } catch (error) {
      answerFailure(context, request, response, error);
    }
  });
}

/** Whether the body was a review. */
function review(
  context: WebhookContext,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): boolean {
  const result = reviewAdmission(body, context.rules(), context.namespaceRules?.());
  if (result.status !== 200) {
    refuse(context, request, response, { status: result.status, message: result.body });
    return false;
  }
  context.metrics.countDecisions(result.decisions);
  logReview(context.logger, result);
  atEndOfTurn(() => send(context, response, 200, 'application/json', result.body));
  return true;
}

function answerFailure(
  context: WebhookContext,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  if (response.destroyed || request.destroyed || response.headersSent) return;
  if (error instanceof BodyError) {
    const { status, message } = error;
    refuse(context, request, response, { status, message });
  } else {
    context.logger.error({ err: error }, 'a review could not be answered');
    refuse(context, request, response, { status: 500, message: 'internal error' });
  }
}

let dueTasks: (() => void)[] = [];

/**
 * Runs a task when all that has arrived by now is done. Answers that are written one after the other cost much less than
 * each between two reviews: processor caches stay warm, and whoever waits at the other end is woken once for several.
 */
function atEndOfTurn(task: () => void): void {
  dueTasks.push(task);
  if (dueTasks.length === 1) setImmediate(runDueTasks);
}

function runDueTasks(): void {
  const tasks = dueTasks;
  dueTasks = [];
  for (const task of tasks) task();
}

/** `?timeout=3s`, which kube-apiserver appends, in milliseconds. */
function timeoutOf(url = ''): number {
  const seconds = /[?&]timeout=(\d{1,4})s(?:&|$)/.exec(url)?.[1];
  return seconds === undefined ? defaultTimeout : Math.min(Number(seconds) * 1000, maxTimeout);
}

function refuse(
  context: WebhookContext,
  request: IncomingMessage,
  response: ServerResponse,
  { status, message, headers }: Refusal,
): void {
  context.metrics.refused.add(status);
  context.logger.debug({ status, method: request.method }, message);
  // A body that was not read to its end must not be taken for the next request.
  if (!request.complete) response.setHeader('Connection', 'close');
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  send(context, response, status, 'text/plain; charset=utf-8', `${message}\n`);
  if (!request.complete) response.once('finish', () => linger(request));
}

/**
 * Reads what is still coming for a moment, and throws it away: a connection that is closed with unread data is reset, and
 * the other side may lose the answer that tells it why.
 */
function linger(request: IncomingMessage): void {
  request.resume();
  setTimeout(() => request.destroy(), lingerTime).unref();
}

function send(
  context: WebhookContext,
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
): void {
  const headers: Record<string, string | number> = {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
  };
  if (context.isDraining()) headers.Connection = 'close';
  response.writeHead(status, headers);
  response.end(body);
}
