import type { Terminal } from '../../terminal.ts';

/** Clears the line in which a terminal's cursor is. */
export const clearLine = '\r\u001b[K';
/** The shortest time between two draws of a line, in milliseconds. */
export const betweenDraws = 100;

/** Reports whether a line can be drawn again in its place. */
export function canRedraw(stream: NodeJS.WriteStream, env: Terminal['env']): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb';
}
