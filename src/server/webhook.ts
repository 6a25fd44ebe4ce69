import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { NamespaceRules } from '../admission/decide-pod.ts';
import { answerExternalData, externalDataPath } from '../admission/external-data.ts';
import { formatInSteps, type ReviewAnswer } from '../admission/response.ts';
import { reviewInSteps } from '../admission/review.ts';
import type { Steps } from '../admission/steps.ts';
import { summarizeReview } from '../admission/summary.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { findMisuse, type Refusal, writeAnswer, writeRefusal } from './answer.ts';
import { BodyError } from './body-error.ts';
import type { Exchange } from './connection.ts';
import { afterOthers, atEndOfTurn } from './end-of-turn.ts';
import { logReview } from './log.ts';
import type { Metrics } from './metrics/metrics.ts';
import { readBody } from './read-body.ts';

/** webhookPath is the path that receives reviews. `/` does too, for a URL that has no path. */
export const webhookPath = '/mutate';
/** reviewPaths are all paths that receive reviews. */
export const reviewPaths: readonly string[] = [webhookPath, '/'];
/** How long Kubernetes waits by default, in milliseconds. */
const defaultTimeout = 10_000;
const maxTimeout = 30_000;
/** Answers from this length on take milliseconds to encrypt and send, in characters. */
const largeAnswer = 64 * 1024;

/** WebhookContext is what the answers of the webhook depend on, and where it reports them. */
export interface WebhookContext {
  /** The rules in force now. */
  readonly rules: () => RuleSet;
  /** The rules that namespaces add; undefined if they cannot add any. */
  readonly namespaceRules: (() => NamespaceRules) | undefined;
  /** Whether Gatekeeper's external data requests are answered. */
  readonly externalData: boolean;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Gets the User-Agent of each review that was answered. */
  readonly reviewed: ((agent: string | undefined) => void) | undefined;
  /** Reports whether each connection should end with its next answer. */
  readonly isDraining: () => boolean;
}

/** Endpoint is what a path accepts, and how it answers. */
interface Endpoint {
  readonly accepts: string;
  readonly answer: (context: WebhookContext, body: string) => Steps<ReviewAnswer>;
}

const reviews: Endpoint = {
  accepts: 'an AdmissionReview',
  *answer(context, body) {
    const result = yield* reviewInSteps(body, context.rules(), context.namespaceRules?.());
    context.metrics.countDecisions(result.decisions);
    logReview(context.logger, summarizeReview(result));
    return yield* formatInSteps(result);
  },
};

const externalData: Endpoint = {
  accepts: 'a ProviderRequest',
  *answer(context, body) {
    // In one step: there are 1,000 images at most.
    const result = answerExternalData(body, context.rules());
    yield;
    context.metrics.countDecisions(result.decisions);
    logReview(context.logger, summarizeReview(result));
    return result;
  },
};

/**
 * Returns a function that answers requests to the webhook. Every refusal has its HTTP status and
 * one line that says why. None is ever a redirect.
 */
export function createWebhook(context: WebhookContext): (exchange: Exchange) => void {
  const endpoints = new Map(reviewPaths.map((path) => [path, reviews]));
  if (context.externalData) endpoints.set(externalDataPath, externalData);
  return (exchange) => {
    const { url } = exchange.request;
    new WebhookExchange(exchange, context).begin(endpoints.get(url?.split('?', 1)[0] ?? ''));
  };
}

/** WebhookExchange is one request to the webhook, up to its answer. */
class WebhookExchange {
  readonly #exchange: Exchange;
  readonly #context: WebhookContext;

  constructor(exchange: Exchange, context: WebhookContext) {
    this.#exchange = exchange;
    this.#context = context;
  }

  /** Answers the request immediately, or after its body has been read. */
  begin(endpoint: Endpoint | undefined): void {
    const { request } = this.#exchange;
    const refusal = endpoint ? findRefusal(request, endpoint) : unknownPath(this.#context);
    if (refusal !== undefined) this.#refuse(refusal);
    else this.#read(endpoint as Endpoint);
  }

  #read(endpoint: Endpoint): void {
    const start = performance.now();
    const { request } = this.#exchange;
    const deadline = start + timeoutOf(request.url);
    readBody(request, deadline, (body) => this.#answer(endpoint, body, start));
  }

  *#answer(endpoint: Endpoint, body: string | Error, start: number): Steps<void> {
    try {
      if (typeof body !== 'string') throw body;
      const { status, body: text } = yield* endpoint.answer(this.#context, body);
      if (status === 200) {
        this.#accept(text);
        const { reviewed, metrics } = this.#context;
        if (endpoint === reviews) reviewed?.(this.#exchange.request.headers['user-agent']);
        metrics.observeDuration(performance.now() - start);
      } else this.#refuse({ status, message: text });
    } catch (error) {
      this.#fail(error);
    }
  }

  #accept(body: string): void {
    const write = () => {
      this.#exchange.connection.hasServed = true;
      const answer = { status: 200, type: 'application/json', body };
      writeAnswer(this.#exchange, answer, this.#context.isDraining());
    };
    if (body.length > largeAnswer) afterOthers(write);
    else atEndOfTurn(write);
  }

  #refuse(refusal: Refusal): void {
    const { metrics, logger, isDraining } = this.#context;
    const { status, message } = refusal;
    metrics.refused.add(status);
    logger.debug({ status, method: this.#exchange.request.method }, message);
    writeRefusal(this.#exchange, refusal, isDraining());
  }

  #fail(error: unknown): void {
    const { request, response } = this.#exchange;
    if (response.destroyed || request.destroyed || response.headersSent) return;
    if (error instanceof BodyError) {
      const { status, message } = error;
      this.#refuse({ status, message });
    } else {
      this.#context.logger.error({ err: error }, 'a review could not be answered');
      this.#refuse({ status: 500, message: 'internal error' });
    }
  }
}

function unknownPath({ externalData }: WebhookContext): Refusal {
  const other = externalData ? `, Gatekeeper's external data at ${externalDataPath}` : '';
  return { status: 404, message: `admission reviews are answered at ${webhookPath}${other}` };
}

function findRefusal(request: IncomingMessage, { accepts }: Endpoint): Refusal | undefined {
  const { method, headers } = request;
  const misuse = findMisuse(request);
  if (misuse !== undefined) return misuse;
  if (method !== 'POST') {
    const message = `send ${accepts} with POST`;
    return { status: 405, message, headers: { Allow: 'POST' } };
  }
  const type = headers['content-type'] ?? '';
  if (type === 'application/json') return undefined;
  const isJson = /^application\/json\s*(;|$)/i.test(type);
  return isJson ? undefined : { status: 415, message: 'the Content-Type must be application/json' };
}

/** Returns the timeout that kube-apiserver appends to the URL as `?timeout=3s`, in milliseconds. */
function timeoutOf(url = ''): number {
  const seconds = /[?&]timeout=(\d{1,4})s(?:&|$)/.exec(url)?.[1];
  return seconds === undefined ? defaultTimeout : Math.min(Number(seconds) * 1000, maxTimeout);
}
