import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, send } from './send.ts';
import { add } from './tally.ts';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority': string };
  }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/** How an API server refuses that has just started, or is about to end. */
const isAway = /not yet ready to handle request|shutting down|apiserver not ready/;
const isOfWebhook = /failed calling webhook/;

/** Asks the API server over a few kept connections, again and again while it is away. */
export class ApiServer {
  readonly messages: Record<string, number> = {};
  readonly #host: string;
  readonly #port: string;
  readonly #token: string;
  readonly #agent: Agent;

  /** A kubeconfig that the rig wrote, which is JSON. */
  constructor(kubeconfig: string) {
    const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const [[it], [who]] = [clusters, users];
    if (!it || !who) throw new Error(`${kubeconfig} names no cluster or no user`);
    const { hostname, port } = new URL(it.cluster.server);
    this.#host = hostname;
    this.#port = port;
    this.#token = who.user.token;
    const ca = readFileSync(it.cluster['certificate-authority']);
    // No more than that at once reach a webhook after the API server was away.
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 32 });
  }

  get unreachable(): number {
    return Object.values(this.messages).reduce((all, each) => all + each, 0);
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.ask('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return JSON.parse(body) as T;
  }

  async ask(method: string, path: string, object?: object): Promise<Answer> {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const answer = await this.#askOnce(method, path, object).catch((error: Error) => error);
      const reason = reasonToAskAgain(answer);
      if (reason === undefined) return answer as Answer;
      if (performance.now() > deadline) throw new Error(`no API server for 60 s: ${reason}`);
      add(this.messages, reason);
      await sleep(250);
    }
  }

  #askOnce(method: string, path: string, object?: object): Promise<Answer> {
    const headers = {
      Authorization: `Bearer ${this.#token}`,
      'Content-Type': 'application/json',
    };
    const target = { host: this.#host, port: this.#port, agent: this.#agent };
    return send({ ...target, method, path, headers }, object && JSON.stringify(object));
  }
}

/**
 * Where there is none, what was answered is the answer; what the webhook did is never asked again.
 */
function reasonToAskAgain(answer: Answer | Error): string | undefined {
  if (answer instanceof Error) return (answer as NodeJS.ErrnoException).code ?? String(answer);
  const { status, body } = answer;
  if (status < 400 || isOfWebhook.test(body)) return undefined;
  return isAway.exec(body)?.[0];
}
