import { setTimeout } from 'node:timers/promises';
import { basicHeader } from '../../../../registry/authorization/token-service.ts';
import { repeatable } from '../../../../registry/error-answer.ts';
import { Connections } from '../../../../registry/request/connections.ts';
import { exchange } from '../../../../registry/request/exchange.ts';
import { readBody } from '../../../../registry/request/read-body.ts';
import { UsageError } from '../../../terminal.ts';

/** How long a push may take, in milliseconds: a run must not wait for a gateway that is stuck. */
const defaultLimit = 10_000;
/** The most that is read of an answer, in bytes. */
const maxAnswer = 4_096;

const userVariable = 'DETOUR_PUSH_GATEWAY_USER';
const passwordVariable = 'DETOUR_PUSH_GATEWAY_PASSWORD';

/**
 * PushGateway receives the metrics of jobs that end before Prometheus could scrape them:
 * https://github.com/prometheus/pushgateway.
 */
export class PushGateway {
  readonly url: URL;
  readonly #env: NodeJS.ProcessEnv;
  readonly #limit: number;

  /**
   * Takes the URL of a gateway, or of a group of metrics in it, and how many milliseconds a push may
   * take. The login is in the environment: arguments are seen by other users of the machine.
   *
   * @throws UsageError if the URL is wrong, or a login would be sent without TLS
   */
  constructor(text: string, env: NodeJS.ProcessEnv, limit = defaultLimit) {
    this.url = readGatewayUrl(text);
    this.#env = env;
    this.#limit = limit;
    if (env[userVariable] && this.url.protocol !== 'https:')
      throw new UsageError(
        `--push-gateway: the login in ${userVariable} is sent over https:// only`,
      );
  }

  /**
   * Sends metrics. Those of a complete run replace all of the group; of another run, only those
   * with the same names, so that the time of the last complete run stays.
   *
   * @throws Error if the gateway cannot be reached, refuses them or takes too long
   */
  async push(text: string, isComplete: boolean): Promise<void> {
    const connections = new Connections({ base: this.url, ca: undefined, env: this.#env });
    const ended = new AbortController();
    const late = setTimeout(this.#limit, undefined, { signal: ended.signal }).then(() => {
      throw new Error(`it took longer than ${this.#limit / 1000} s`);
    });
    try {
      await Promise.race([this.#send(text, isComplete, connections), late]);
    } finally {
      ended.abort();
      connections.close();
    }
  }

  async #send(text: string, isComplete: boolean, connections: Connections): Promise<void> {
    const { url } = this;
    const { agent, path, headers } = await connections.to(url);
    const response = await exchange({
      method: isComplete ? 'PUT' : 'POST',
      url,
      path,
      agent,
      headers: {
        ...headers,
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        ...this.#authorization(),
      },
      body: Buffer.from(text),
      timing: { stall: this.#limit, commit: this.#limit },
    });
    const { statusCode = 0 } = response;
    const body = await readBody(response, maxAnswer, this.#limit);
    if (statusCode >= 200 && statusCode < 300) return;
    const reason = repeatable(body?.toString() ?? '', [this.#env[passwordVariable] ?? '']);
    throw new Error(`it answered ${statusCode}${reason && `: ${reason}`}`);
  }

  #authorization(): { authorization?: string } {
    const { [userVariable]: username, [passwordVariable]: password = '' } = this.#env;
    return username ? { authorization: basicHeader({ username, password }) } : {};
  }
}

function readGatewayUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(
      '--push-gateway takes a URL such as http://pushgateway.monitoring:9091, or of a group in it: …/metrics/job/detour_sync/instance/beijing',
    );
  if (url.username !== '' || url.password !== '')
    throw new UsageError(
      `--push-gateway: take the login out of the URL, and set ${userVariable} and ${passwordVariable}`,
    );
  url.search = '';
  url.hash = '';
  if (!url.pathname.includes('/metrics/job'))
    url.pathname = `${url.pathname.replace(/\/$/, '')}/metrics/job/detour_sync`;
  return url;
}
