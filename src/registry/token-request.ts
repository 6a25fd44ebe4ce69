import { secretsOfLogin } from './authorization/secrets.ts';
import {
  formatTokenRequest,
  readToken,
  type Token,
  type TokenRequest,
} from './authorization/token-service.ts';
import { connectionError } from './connection-error.ts';
import { errorOf, requestError } from './error-answer.ts';
import { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';
import type { Connections } from './request/connections.ts';
import { exchange } from './request/exchange.ts';
import { readBody } from './request/read-body.ts';
import { type RetryOptions, retrying } from './request/retry.ts';

const maxTokenAnswer = 1024 * 1024;
const what = 'asking its token service for a token';

/**
 * Asks a token service for a token, by the connections of the registry that named it. No redirect is
 * followed: the login would go along.
 *
 * @throws RegistryError
 */
export function askToken(
  connections: Connections,
  request: TokenRequest,
  repository: Repository,
  options: RetryOptions,
): Promise<Token> {
  return retrying(repository.registry, options, () =>
    ask(connections, request, repository, options),
  );
}

async function ask(
  connections: Connections,
  request: TokenRequest,
  repository: Repository,
  { timing, emit, signal }: RetryOptions,
): Promise<Token> {
  const { method, url, headers, body } = formatTokenRequest(request);
  const asked = { repository, what };
  let status: number | undefined;
  try {
    const connection = await connections.to(url);
    const sent = { 'user-agent': 'image-detour', ...headers, ...connection.headers };
    const { agent, path } = connection;
    const outgoing = { method, url, headers: sent, body, agent, path, timing, signal };
    const response = await exchange(outgoing);
    status = response.statusCode ?? 0;
    const answer = (await readBody(response, maxTokenAnswer, timing.stall)) ?? Buffer.alloc(0);
    const token = status === 200 ? readToken(answer) : undefined;
    if (token !== undefined) return token;
    if (status === 200)
      throw requestError(asked, 'the answer holds no token', { code: 'UNAUTHORIZED' });
    throw errorOf(asked, {
      status,
      headers: response.headers,
      body: answer,
      secrets: secretsOfLogin(request.credentials),
      hadLogin: request.credentials !== undefined,
    });
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw connectionError(asked, error as Error, connections.elsewhere(url));
  } finally {
    emit({
      type: 'request',
      host: url.host,
      method,
      path: url.pathname,
      status,
      isTokenRequest: true,
    });
  }
}
