import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Terminal is the part of the process that a command may use. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * UsageError reports wrong usage or an unusable file, with the next step in its message. The exit
 * code is 2.
 */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The exit code for wrong usage or an unusable file. */
export const usageCode = 2;
/** The exit code for a fault of this program or of its output (EX_SOFTWARE of sysexits.h). */
export const internalCode = 70;

/** Returns the exit code of a command that fails with an error. */
export function exitCodeAfter(error: unknown): number {
  return error instanceof UsageError ? usageCode : internalCode;
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
/** Style is a colour or weight of text on a terminal. */
export type Style = keyof typeof codes;
/** Paint styles a text for a terminal; without colours it returns the text as it is. */
export type Paint = (style: Style, text: string) => string;

/**
 * Reports whether to print colours: on a terminal, unless NO_COLOR is set (https://no-color.org).
 */
export function hasColour(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** Returns the Paint for a stream. */
export function painter(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Paint {
  const paints = hasColour(stream, env);
  return (style, text) => (paints ? `\u001b[${codes[style]}m${text}\u001b[0m` : text);
}

/** OutputError reports that an output failed, such as on a full disk. The exit code is 70. */
export class OutputError extends Error {
  override name = 'OutputError';

  constructor({ message }: Error) {
    super(`the output cannot be written: ${message}`);
  }
}

/** What to do if an output fails, by output. */
const failing = new WeakMap<Writable, (error: NodeJS.ErrnoException) => void>();

/**
 * Keeps the process alive if an output fails, for example because its reader closes it (EPIPE:
 * `detour sync --json | head`). The command is informed, and ends by itself. What it writes from then
 * on is lost.
 */
export function outliveOutput(
  output: Writable,
  onFailure: (error: NodeJS.ErrnoException) => void,
): void {
  failing.set(output, onFailure);
}

/** Informs the command that its output fails. Returns false if it does not outlive that. */
export function informOfFailure(output: Writable, error: NodeJS.ErrnoException): boolean {
  const onFailure = failing.get(output);
  onFailure?.(error);
  return onFailure !== undefined;
}

/**
 * Writes a text. If the reader is slower, it waits until there is room for more. If the output fails,
 * main.ts ends the process or informs the command.
 */
export async function write(
  stream: Writable,
  text: string,
  encoding: BufferEncoding = 'utf8',
): Promise<void> {
  if (stream.write(text, encoding)) return;
  await once(stream, 'drain').catch(() => undefined);
}
