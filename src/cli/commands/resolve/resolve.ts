import type { Decision } from '../../../decision/decide.ts';
import { denialMessage } from '../../../decision/denial.ts';
import { decideLayered } from '../../../decision/layers.ts';
import { describeDecision } from '../../decision-json.ts';
import {
  type NamespaceRulesOptions,
  readNamespaceRules,
} from '../../input/namespace-rules-file.ts';
import { requireRules } from '../../input/rules-file.ts';
import { claimStandardInput } from '../../input/standard-input.ts';
import { type Terminal, UsageError, write } from '../../terminal.ts';

/** ResolveOptions are the options of `detour resolve`. */
export interface ResolveOptions extends NamespaceRulesOptions {
  readonly rules?: string;
  readonly json?: boolean;
}

/** The longest line that is read, in characters: far longer than any image. */
const maxLineLength = 1024 * 1024;

/** Prints what each image becomes, one on each line. Returns 1 if a rule denies one. */
export async function resolve(
  images: readonly string[],
  options: ResolveOptions,
  terminal: Terminal,
): Promise<number> {
  if (images.length === 0) {
    throw new UsageError('name an image, or - to read images from standard input, one per line');
  }
  if (images.includes('-')) claimStandardInput(terminal, 'the images');
  const { ruleSet: cluster } = await requireRules(options.rules, terminal);
  const rules = { cluster, namespace: await readNamespaceRules(options, cluster) };
  let denied = 0;
  for (const image of images) {
    const encoding = image === '-' && !options.json ? 'latin1' : 'utf8';
    const batches = image === '-' ? readLines(terminal.stdin, encoding) : [[image]];
    for await (const batch of batches) {
      // As in grep and sed, a carriage return before the line's end is kept.
      const images = batch.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
      const decisions = images.map((one) => decideLayered(one, rules, options));
      const lines = decisions.map((decision, index) =>
        options.json
          ? JSON.stringify(describeDecision(images[index] as string, decision))
          : decision.image + endOf(batch[index] as string),
      );
      await write(terminal.stdout, lines.length === 0 ? '' : `${lines.join('\n')}\n`, encoding);
      denied += await reportDenials(images, decisions, terminal);
    }
  }
  return denied > 0 ? 1 : 0;
}

function endOf(line: string): string {
  return line.endsWith('\r') ? '\r' : '';
}

async function reportDenials(
  images: readonly string[],
  decisions: readonly Decision[],
  { stderr }: Terminal,
): Promise<number> {
  let count = 0;
  for (const [index, decision] of decisions.entries()) {
    if (decision.action !== 'deny') continue;
    count++;
    await write(stderr, `detour: ${images[index]} is denied: ${denialMessage(decision)}\n`);
  }
  return count;
}

/**
 * Yields the lines of a stream, a batch for each chunk, so that only one chunk is held. Reading and
 * writing as latin1 passes bytes that are not text through unchanged.
 */
async function* readLines(
  stream: NodeJS.ReadStream,
  encoding: BufferEncoding,
): AsyncGenerator<string[]> {
  stream.setEncoding(encoding);
  let rest = '';
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    if (rest.length > maxLineLength) {
      throw new UsageError(`a line of the input is longer than ${maxLineLength} characters`);
    }
    yield lines;
  }
  if (rest !== '') yield [rest];
}
