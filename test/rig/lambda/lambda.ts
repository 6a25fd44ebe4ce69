import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Running, startWith } from '../process.ts';
import { runtimeClientModule } from './tools.ts';

/**
 * Lambda is one execution environment: the real runtime client in front of a handler, frozen between
 * events as Lambda does it, and the API that it asks.
 */
export interface Lambda {
  /**
   * What the handler answers to an event, one event at a time.
   *
   * @throws Error with what the runtime client reported: an exception of the handler, after which
   * the next event is handed over, or of its loading, which ends the environment
   */
  invoke(event: unknown): Promise<unknown>;
  /** What the function wrote. */
  lines(): string[];
  stop(): Promise<void>;
}

/** LambdaOptions say which function runs, and with which Node. */
export interface LambdaOptions {
  /** The `node` to run it with. */
  readonly node: string;
  /** The folder that holds `index.js` or `index.mjs`. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Invocation {
  readonly event: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the environment. The API is that of
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
 */
export async function startLambda({ node, folder, environment }: LambdaOptions): Promise<Lambda> {
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let failure: Error | undefined;
  let pull: ServerResponse | undefined;
  let count = 0;

  function hand(): void {
    const invocation = pull && waiting.shift();
    if (pull === undefined || invocation === undefined) return;
    program.signal('SIGCONT');
    const id = `invocation-${++count}`;
    running.set(id, invocation);
    const event = Buffer.from(JSON.stringify(invocation.event ?? null));
    pull.writeHead(200, {
      'content-type': 'application/json',
      // Without it the runtime client crashes.
      'content-length': event.length,
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': Date.now() + 3000,
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:test',
    });
    pull.end(event);
    pull = undefined;
  }

  function fail(message: string): void {
    failure = new Error(message);
    for (const { reject } of [...running.values(), ...waiting]) reject(failure);
  }

  const server = createServer(async (incoming, outgoing) => {
    const path = incoming.url?.replace('/2018-06-01/runtime/', '') ?? '';
    if (path === 'invocation/next') {
      pull = outgoing;
      // Lambda freezes the process until there is an event.
      if (waiting.length === 0) program.signal('SIGSTOP');
      return hand();
    }
    const body = await textOf(incoming);
    outgoing.writeHead(202).end();
    const [, id = '', outcome] = /^invocation\/(.*)\/(response|error)$/.exec(path) ?? [];
    if (outcome === 'response') running.get(id)?.resolve(JSON.parse(body));
    else if (outcome === 'error') running.get(id)?.reject(new Error(body));
    else fail(`${path}: ${body}`);
    running.delete(id);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program = run(node, folder, {
    ...environment,
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
  });

  program.exited.then(
    ({ code, signal }) => {
      fail(`the runtime ended (${code ?? signal}):\n${program.lines().slice(-20).join('\n')}`);
    },
    (error: Error) => fail(error.message),
  );

  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        waiting.push({ event, resolve, reject });
        hand();
      }),
    lines: () => program.lines(),
    stop: async () => {
      await program.stop('SIGKILL');
      server.closeAllConnections();
      server.close();
    },
  };
}

function run(node: string, folder: string, environment: Record<string, string>): Running {
  const { NODE_OPTIONS, VITEST, ...inherited } = process.env;
  const env = {
    ...inherited,
    LAMBDA_TASK_ROOT: folder,
    AWS_LAMBDA_FUNCTION_NAME: 'test',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_LAMBDA_LOG_GROUP_NAME: '/image-detour/test',
    AWS_LAMBDA_LOG_STREAM_NAME: 'test',
    AWS_REGION: 'us-east-1',
    _HANDLER: 'index.handler',
    ...environment,
  };
  const log = join(folder, 'lambda.log');
  return startWith(node, [runtimeClientModule(), 'index.handler'], log, { cwd: folder, env });
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) text += chunk;
  return text;
}
