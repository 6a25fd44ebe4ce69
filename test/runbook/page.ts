import { readFileSync } from 'node:fs';
import type { Cluster } from '../cluster/rig/cluster.ts';
import { until } from '../rig/process.ts';

/** Values replace the words in capitals that a command has for what the reader knows: `NAME`. */
type Values = Readonly<Record<string, string>>;

const page = readFileSync('docs/runbook.md', 'utf8');
const block = /^```sh\n(.*?)^```/gms;

/** RunbookPage is docs/runbook.md. It runs the page's commands, and remembers which it has run. */
export class RunbookPage {
  readonly #cluster: Cluster;
  readonly #folder: string;
  readonly #run = new Set<string>();

  /** `folder` is where commands write files, and where programs are that the page assumes. */
  constructor(cluster: Cluster, folder: string) {
    this.#cluster = cluster;
    this.#folder = folder;
  }

  /** Returns the commands in the blocks under a heading. */
  under(heading: string): string {
    const blocks = [...chapter(heading).matchAll(block)].map(([, commands]) => commands);
    if (blocks.length === 0) throw new Error(`no commands under ${heading}`);
    return blocks.join('');
  }

  /** Returns the only command in the text or a table under a heading that matches. */
  inText(heading: string, pattern: RegExp): string {
    const found = commandsInText(chapter(heading)).filter((command) => pattern.test(command));
    if (found.length !== 1) throw new Error(`${found.length} commands ${pattern} under ${heading}`);
    return found[0] as string;
  }

  /** Runs commands in a shell at the node; returns what they print, whatever their exit code is. */
  run(commands: string, values: Values = {}): Promise<string> {
    for (const line of linesOf(commands)) this.#run.add(line);
    const filled = commands.replaceAll(/\b[A-Z]+\b/g, (word) => values[word] ?? word);
    const { programs, kubeconfig } = this.#cluster.address;
    const path = `${this.#folder}:${programs}:$PATH`;
    const setting = `exec 2>&1\ncd ${this.#folder}; export PATH=${path} KUBECONFIG=${kubeconfig}`;
    return this.#cluster.inside(['bash', '-c', `${setting}\n${filled}\ntrue`]);
  }

  /** Runs commands until they print everything that the incident leads to; returns the last. */
  async shows(
    commands: string,
    wanted: readonly RegExp[],
    values: Values = {},
    seconds = 90,
  ): Promise<string> {
    let last = '';
    const found = async () => {
      last = await this.run(commands, values);
      return wanted.every((each) => each.test(last)) && last;
    };
    const what = `${commands} shows ${wanted.join(' ')}`;
    return await until(what, found, seconds).catch((error: Error) => {
      throw new Error(`${error.message}\n${last}`);
    });
  }

  /** Lists the reasons in the first column of the tables under a heading. */
  reasons(heading: string): string[] {
    const cells = [...chapter(heading).matchAll(/^\| (`[^|]*)/gm)].map(([, cell = '']) => cell);
    return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));
  }

  /** Lists the commands that no call of `run` has had. */
  notRun(): string[] {
    const blocks = [...page.matchAll(block)].flatMap(([, commands = '']) => linesOf(commands));
    return [...blocks, ...commandsInText(page)].filter((command) => !this.#run.has(command));
  }
}

/** Returns a chapter up to the next heading. */
function chapter(heading: string): string {
  const lines = page.split('\n');
  const begin = lines.findIndex((line) => /^#+ /.test(line) && line.endsWith(` ${heading}`));
  if (begin === -1) throw new Error(`no chapter ${heading}`);
  // A comment in a block has no two of them.
  const length = lines.slice(begin + 1).findIndex((line) => line.startsWith('##'));
  return lines.slice(begin, length === -1 ? undefined : begin + 1 + length).join('\n');
}

/** Returns the commands in text: two words, such as `helm upgrade`, are the name of one. */
function commandsInText(text: string): string[] {
  const found = text
    .replaceAll(block, '')
    .matchAll(/`((?:kubectl|helm|detour|grep)(?: [^\s`]+){2,})`/g);
  return [...new Set([...found].map(([, command = '']) => command.replaceAll('\\|', '|')))];
}

function linesOf(commands: string): string[] {
  const lines = commands.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
