import { readUtf8Text } from '../../input/read-text.ts';
import { type Terminal, UsageError } from '../../terminal.ts';

/**
 * The longest JSON text that is read, in bytes: enough for all Pods and Secrets of a large cluster.
 */
const maxLength = 512 * 1024 * 1024 - 64;

/**
 * Reads objects as `kubectl get -o json` prints them, from a file or (`-`) standard input. Throws
 * UsageError if they cannot be read; the message never repeats the input, which may be secret.
 */
export async function readObjects(file: string, terminal: Terminal): Promise<readonly unknown[]> {
  const place = file === '-' ? 'standard input' : file;
  const reading = { place: file, limit: maxLength, what: 'the objects' };
  const text = await readUtf8Text(reading, terminal);
  const value = parse(text, place);
  const { items } = value as { items?: unknown };
  return Array.isArray(items) ? items : [value];
}

function parse(text: string, place: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would repeat the input.
  }
  if (typeof value === 'object' && value !== null) return value;
  throw new UsageError(
    `${place} is not valid JSON: pass the output of kubectl get pods,secrets -A -o json`,
  );
}
