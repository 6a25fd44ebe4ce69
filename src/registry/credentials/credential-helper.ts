import { spawn } from 'node:child_process';
import type { Credentials } from './credentials.ts';
import { loginOf } from './docker-config.ts';

/** How long a helper may take: it may ask its user, or a service. In milliseconds. */
const defaultTimeout = 60_000;
const maxOutput = 256 * 1024;

/** HelperOptions limit how long a helper is waited for. */
export interface HelperOptions {
  /** In milliseconds; a minute by default. */
  readonly timeout?: number;
  /** Ends the helper. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a credential helper for the login at a server
 * (https://github.com/docker/docker-credential-helpers); undefined if it has none. The server goes to
 * its standard input, never into its arguments.
 *
 * @throws Error that says what to do, and never holds what the helper wrote to standard output
 */
export async function askHelper(
  name: string,
  server: string,
  env: NodeJS.ProcessEnv,
  options: HelperOptions = {},
): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) throw new Error(`${program} is not the name of a credential helper`);
  const { code, output, log } = await run(program, server, { ...options, env });
  if (code === 0) return readHelper(program, output);
  if (/credentials not found/i.test(output)) return undefined;
  // Helpers write the reason to either stream; what they write on success is the secret.
  const reason = printable(log) || printable(output);
  throw new Error(`${program} failed${reason && `: ${reason}`}`);
}

function readHelper(program: string, output: string): Credentials | undefined {
  try {
    const { Username, Secret } = JSON.parse(output) as Record<string, unknown>;
    return loginOf(Username, Secret);
  } catch {
    throw new Error(`${program} did not write a login`);
  }
}

function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly log: string;
}

function run(
  program: string,
  input: string,
  { env, timeout = defaultTimeout, signal }: HelperOptions & { readonly env: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, ['get'], { env, stdio: 'pipe' });
    let output = '';
    let log = '';
    // What the helper started may live on and hold its outputs open, so nobody waits for their end.
    const giveUp = (reason: string) => {
      release();
      child.kill('SIGKILL');
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      child.unref();
      reject(new Error(`${program} ${reason}`));
    };
    const timer = setTimeout(
      () => giveUp(`gave no login in ${timeout / 1000} s: run a login by hand to see why`),
      timeout,
    );
    const stop = () => giveUp('was stopped');
    signal?.addEventListener('abort', stop, { once: true });
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > maxOutput) giveUp('did not write a login, but too much');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(0, 2_000);
    });
    child.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      giveUp(
        code === 'ENOENT'
          ? 'is not installed, and the Docker configuration names it: install it, or log in without it'
          : `cannot be started: ${message}`,
      ),
    );
    child.once('close', (code) => {
      release();
      resolve({ code, output, log });
    });
    // A helper may end without reading.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
