import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { send } from '../support/test-server.ts';

/** RunningProgram is the program, running by itself on free ports of the loopback interface. */
export interface RunningProgram {
  readonly pid: number;
  readonly url: URL;
  readonly healthUrl: URL;
  readonly agent: Agent;
  /** Everything that it wrote to standard error. */
  errors(): string;
  /** The lines of its log since it was ready, if they are kept. */
  log(): readonly string[];
  /** Undefined while it runs. */
  exitCode(): number | null;
  post(body: string, headers?: Record<string, string>): ReturnType<typeof send>;
  stop(): Promise<void>;
}

/** Starts `detour serve` from dist, with the Node that runs the tests or another one. */
export async function startProgram(
  env: NodeJS.ProcessEnv = {},
  {
    readsLog = true,
    keepsLog = false,
    args = [] as readonly string[],
    node = process.execPath,
  } = {},
): Promise<RunningProgram> {
  const ports = ['--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'];
  const child = spawn(node, ['bin/detour.js', 'serve', ...ports, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  let text = '';
  for await (const [chunk] of on(child.stdout, 'data', { close: ['end'] })) {
    text += chunk;
    if (text.includes('"msg":"ready"')) break;
  }
  const log: Buffer[] = [];
  if (keepsLog) child.stdout.on('data', (chunk: Buffer) => log.push(chunk));
  if (readsLog) child.stdout.resume();
  else child.stdout.destroy();
  const line = text.split('\n').find((one) => one.includes('"msg":"ready"'));
  if (line === undefined) throw new Error(`it ended before it was ready: ${errors}`);
  const { webhook, health } = JSON.parse(line) as { webhook: string; health: string };
  const url = new URL(webhook);
  const agent = new Agent({ keepAlive: true, maxSockets: 16, rejectUnauthorized: false });
  return {
    pid: child.pid as number,
    url,
    healthUrl: new URL(health),
    agent,
    errors: () => errors,
    log: () => Buffer.concat(log).toString().split('\n').slice(0, -1),
    exitCode: () => child.exitCode,
    post: (body, headers = { 'content-type': 'application/json' }) =>
      send(request(url, { method: 'POST', agent, headers }), body),
    stop: async () => {
      agent.destroy();
      child.kill('SIGINT');
      await once(child, 'close');
    },
  };
}

/** Holds a review that a real API server sent. */
export const realReview = JSON.stringify(
  JSON.parse(readFileSync('test/fixtures/admission-reviews/001-v1-CREATE-pods.json', 'utf8'))
    .review,
);

/** Returns the most memory that a process has had at once, in MB (Linux). */
export function peakMemory(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
