import type { IncomingMessage } from 'node:http';
import type { Access } from './access.ts';
import type { Authorization, Authorizer, Need } from './authorization/authorizer.ts';
import { parseChallenges } from './authorization/challenge.ts';
import { scopesOf } from './authorization/scope.ts';
import type { Call } from './call.ts';
import type { ClientEvent } from './client-event.ts';
import { connectionError } from './connection-error.ts';
import { requestError } from './error-answer.ts';
import { RegistryError } from './registry-error.ts';
import { exchange } from './request/exchange.ts';
import { headerOf } from './request/headers.ts';
import { discard, readBody } from './request/read-body.ts';
import { maxRedirects, redirectOf } from './request/redirect.ts';
import type { Timing } from './request/timing.ts';

/** The longest refusal that is read, in bytes. */
const maxRefusal = 64 * 1024;

/** DeliveryOptions are what all deliveries share. */
export interface DeliveryOptions {
  readonly timing: Timing;
  readonly emit: (event: ClientEvent) => void;
  /** Ends the requests. */
  readonly signal: AbortSignal;
}

/** Delivered is the last answer to a call. */
export interface Delivered {
  readonly response: IncomingMessage;
  /** Where it came from. */
  readonly url: URL;
  readonly authorization: Authorization | undefined;
  /** The body, if it has been read already. */
  readonly body?: Buffer | undefined;
}

/**
 * Sends a call to its registry, logs in if it is asked to, and goes where redirects lead.
 *
 * @throws RegistryError if there is no answer
 */
export async function deliver(
  call: Call,
  access: Access,
  options: DeliveryOptions,
): Promise<Delivered> {
  let url = typeof call.target === 'string' ? new URL(call.target, access.base) : call.target;
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const delivered = await deliverTo(url, call, access, options).catch((error: Error) => {
      // A stream that is sent fails with an error of its own registry.
      if (error instanceof RegistryError) throw error;
      throw connectionError(call, error, access.connections.elsewhere(url));
    });
    const next = redirectOf(delivered.response, url);
    if (next === undefined) return delivered;
    discard(delivered.response, options.timing.stall);
    url = next;
  }
  throw requestError(call, 'too many redirects');
}

/** Sends a call to one host. Only the registry itself gets the login. */
async function deliverTo(
  url: URL,
  call: Call,
  access: Access,
  options: DeliveryOptions,
): Promise<Delivered> {
  const { repository, action, from, login = 'as-asked' } = call;
  const isOwn = access.connections.isOwn(url);
  const need: Need = { repository, scopes: isOwn ? scopesOf(repository, action, from) : [] };
  const authorizer = access.authorizerAt(url);
  const prepared = isOwn ? await prepare(login, authorizer, need) : undefined;
  const send = (authorization: Authorization | undefined) =>
    sendOnce(url, call, access, authorization, options);
  let delivered: Delivered = { response: await send(prepared), url, authorization: prepared };
  if (login !== 'as-asked') return delivered;
  delivered = await withRefusal(delivered, options.timing);
  for (const answer of [answerChallenge, replaceLogin]) {
    const authorization = await answer(delivered, authorizer, need);
    if (authorization === undefined) continue;
    discard(delivered.response, options.timing.stall);
    delivered = { response: await send(authorization), url, authorization };
    delivered = await withRefusal(delivered, options.timing);
  }
  return delivered;
}

/** Returns what to send after a 401; undefined if there is nothing better than what was sent. */
async function answerChallenge(
  { response, authorization }: Delivered,
  authorizer: Authorizer,
  need: Need,
): Promise<Authorization | undefined> {
  if (response.statusCode !== 401) return undefined;
  const challenges = parseChallenges(headerOf(response.headers, 'www-authenticate'));
  return await authorizer.respond(challenges, need, authorization);
}

/** Returns another login for one that was refused: a stored one may have expired. */
async function replaceLogin(
  { response: { statusCode }, authorization, body }: Delivered,
  authorizer: Authorizer,
  need: Need,
): Promise<Authorization | undefined> {
  if (statusCode !== 401 && statusCode !== 403) return undefined;
  const lacksPermission = /is not authorized to perform/.test(body?.toString('utf8') ?? '');
  return lacksPermission ? undefined : await authorizer.replace(need, authorization, statusCode);
}

/** Reads the body of a 403: Amazon ECR says there whether a login has expired or lacks a permission. */
async function withRefusal(delivered: Delivered, { stall }: Timing): Promise<Delivered> {
  const { response } = delivered;
  if (response.statusCode !== 403) return delivered;
  const body = await readBody(response, maxRefusal, stall).catch(() => undefined);
  return { ...delivered, body: body ?? Buffer.alloc(0) };
}

async function prepare(
  login: NonNullable<Call['login']>,
  authorizer: Authorizer,
  need: Need,
): Promise<Authorization | undefined> {
  if (login === 'none') return undefined;
  return login === 'basic' ? await authorizer.basic(need) : await authorizer.prepare(need);
}

async function sendOnce(
  url: URL,
  call: Call,
  { connections }: Access,
  authorization: Authorization | undefined,
  { timing, emit, signal }: DeliveryOptions,
): Promise<IncomingMessage> {
  const { method, body } = call;
  const { agent, path, headers: ofProxy } = await connections.to(url);
  const headers = {
    'user-agent': 'image-detour',
    ...call.headers,
    ...ofProxy,
    ...(authorization && { authorization: authorization.header }),
  };
  let status: number | undefined;
  try {
    const response = await exchange({ method, url, headers, body, agent, path, timing, signal });
    status = response.statusCode;
    return response;
  } finally {
    const { host, pathname } = url;
    emit({ type: 'request', host, method, path: pathname, status, isTokenRequest: false });
  }
}
