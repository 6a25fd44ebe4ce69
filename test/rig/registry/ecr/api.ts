import { type Answer, type Exchange, readBody } from '../exchange.ts';
import { type FakeServer, type ServerOptions, startServer } from '../server.ts';
import { headerOf } from '../visit.ts';
import type { EcrAccount } from './account.ts';
import { EcrFailure, operationNamed, refuseDenied } from './operations.ts';

/** Operation is a call of the API, as it was asked for. */
interface EcrCall {
  readonly operation: string;
  readonly region: string;
  readonly input: unknown;
}

/** FakeEcrApi is ECR's own API, besides that of registries. */
export interface FakeEcrApi extends FakeServer {
  readonly calls: EcrCall[];
}

const target = 'AmazonEC2ContainerRegistry_V20150921.';

/** Starts the API of one account, for every region. `AWS_ENDPOINT_URL_ECR` leads the SDK to it. */
export async function startEcrApi(
  account: EcrAccount,
  options?: ServerOptions,
): Promise<FakeEcrApi> {
  const calls: EcrCall[] = [];
  const server = await startServer(async (exchange) => {
    const operation = (headerOf(exchange, 'x-amz-target') ?? '').replace(target, '');
    const scope = /Credential=[^/]+\/\d+\/([^/]+)\/ecr\/aws4_request/;
    const [, region] = scope.exec(headerOf(exchange, 'authorization') ?? '') ?? [];
    if (region === undefined) return failureAnswer('MissingAuthenticationTokenException', '');
    const input: unknown = JSON.parse((await readBody(exchange)).toString());
    calls.push({ operation, region, input });
    return answerCall(account, operation, input);
  }, options);
  return Object.assign(server, { calls });
}

function answerCall(account: EcrAccount, name: string, input: unknown): Answer {
  const operation = operationNamed(name);
  if (operation === undefined) return failureAnswer('UnknownOperationException', name);
  try {
    refuseDenied(account, name);
    return amzJson(200, operation(account, input as Parameters<typeof operation>[1]));
  } catch (error) {
    if (error instanceof EcrFailure) return failureAnswer(error.type, error.message);
    throw error;
  }
}

function failureAnswer(type: string, message: string): Answer {
  return amzJson(400, { __type: type, message });
}

function amzJson(status: number, value: object): Answer {
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return { status, headers, body: JSON.stringify(value) };
}

/** Returns the effect that throttles a request of the API, for `faults`. */
export function throttled(): Pick<Answer, 'status' | 'headers' | 'body'> {
  return failureAnswer('ThrottlingException', 'Rate exceeded');
}

/** Reports whether a request of the API is for this operation. */
export function callsOperation(
  operation: string,
): (exchange: Pick<Exchange, 'headers'>) => boolean {
  return ({ headers }) => headers['x-amz-target'] === `${target}${operation}`;
}
