import { type Decision, decide } from '../../decision/decide.ts';
import { denialMessage } from '../../decision/denial.ts';
import { nodeReference } from '../../reference/reference.ts';
import { requireRules } from '../rules-file.ts';
import { type Terminal, UsageError, write } from '../terminal.ts';

export interface ResolveOptions {
  readonly rules?: string;
  readonly json?: boolean;
  readonly namespace: string;
}

/** Longer than any image that could be meant, in characters. */
const maxLineLength = 1024 * 1024;

/** Prints what each image becomes, one a line. 1 where a rule denies one. */
export async function resolve(
  images: readonly string[],
  options: ResolveOptions,
  terminal: Terminal,
): Promise<number> {
  if (images.length === 0) {
    throw new UsageError('name an image, or - to read images from standard input, one a line');
  }
  const { ruleSet } = await requireRules(options.rules, terminal);
  let denied = 0;
  for (const image of images) {
    const encoding = image === '-' && !options.json ? 'latin1' : 'utf8';
    const batches = image === '-' ? readLines(terminal.stdin, encoding) : [[image]];
    for await (const batch of batches) {
      // As with grep and sed, what is before a line's end stays before it.
      const images = batch.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
      const decisions = images.map((one) => decide(one, ruleSet, options));
      const lines = decisions.map((decision, index) =>
        options.json
          ? formatJson(images[index] as string, decision)
          : decision.image + endOf(batch[index] as string),
      );
      await write(terminal.stdout, lines.length === 0 ? '' : `${lines.join('\n')}\n`, encoding);
      denied += await tellDenied(images, decisions, terminal);
    }
  }
  return denied > 0 ? 1 : 0;
}

function endOf(line: string): string {
  return line.endsWith('\r') ? '\r' : '';
}

/** A decision as scripts read it; `reference` is the input as a node reads it, normalized. */
export function formatJson(input: string, { image, action, reason, rule }: Decision): string {
  const parsed = nodeReference(input);
  const reference =
    parsed === undefined
      ? null
      : {
          registry: parsed.registry,
          repository: parsed.repository,
          tag: parsed.tag ?? null,
          digest: parsed.digest ?? null,
        };
  return JSON.stringify({
    input,
    image,
    action,
    reason,
    rule: rule === undefined ? null : { from: rule.from, line: rule.line },
    reference,
  });
}

async function tellDenied(
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
 * The lines of a stream, as many at a time as one chunk brings: what was read is all that is held. Read and written as
 * latin1, what is no text comes through byte for byte.
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
