import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { UsageError } from '../../../terminal.ts';

/** The most characters of what kubectl says about an error. */
const maxError = 2_000;

/** ClusterOptions say where kubectl reads; what is missing is as the kubeconfig has it. */
export interface ClusterOptions {
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

/**
 * Kubectl reads from a cluster as kubectl does: with the user's kubeconfig, plugins for credentials
 * and proxies (docs/decisions/0025-jobs.md).
 */
export class Kubectl {
  readonly #env: NodeJS.ProcessEnv;
  readonly #cluster: readonly string[];

  constructor(env: NodeJS.ProcessEnv, { namespace, context, kubeconfig }: ClusterOptions) {
    this.#env = env;
    // Each in one argument: no value is taken for an option.
    this.#cluster = Object.entries({ namespace, context, kubeconfig }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}=${value}`],
    );
  }

  /**
   * Returns the objects of a list.
   *
   * @throws UsageError if kubectl is missing or cannot read them
   */
  async list<Item>(...args: readonly string[]): Promise<readonly Item[]> {
    const child = this.#start(['get', ...args, '--output=json']);
    const [output, error] = await Promise.all([text(child.stdout), text(child.stderr), child.end]);
    if ((await child.end) !== 0)
      throw new UsageError(`kubectl: ${lastWords(error).slice(0, maxError)}`);
    return (JSON.parse(output) as { items: Item[] }).items;
  }

  /** Yields the last lines of the log of a Pod; none if it has no log. */
  async *log(pod: string, most: number): AsyncGenerator<string, void> {
    const child = this.#start(['logs', pod, `--tail=${most}`]);
    child.stderr.resume();
    yield* createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
    await child.end;
  }

  #start(args: readonly string[]) {
    const child = spawn('kubectl', [...this.#cluster, ...args], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = new Promise<number | null>((resolve, reject) => {
      child.once('error', () => {
        reject(new UsageError('--job-status needs kubectl: install it, and add it to the PATH'));
      });
      child.once('close', resolve);
    });
    // Readers that come later get the error as well.
    end.catch(() => undefined);
    return { stdout: child.stdout, stderr: child.stderr, end };
  }
}

/** Returns what kubectl says at its end, without the lines of its log for each attempt before that. */
function lastWords(error: string): string {
  const lines = error.trim().split('\n');
  const words = lines.filter((line) => !/^[EWIF]\d{4} /.test(line));
  return (words.length > 0 ? words : lines).join('\n');
}
