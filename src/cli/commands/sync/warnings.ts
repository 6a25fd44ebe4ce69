import type { ClientEvent } from '../../../registry/client-event.ts';
import { painter, type Terminal } from '../../terminal.ts';
import { canRedraw, clearLine } from './redrawn-line.ts';
import { escapeControl, formatTime } from './text.ts';

/** A shorter pause needs no explanation, in milliseconds. */
const longPause = 5_000;

/**
 * Returns a function that prints the warnings of registries on standard error, each once, and the
 * reason for each longer pause.
 */
export function printWarnings({ stdout, stderr, env }: Terminal): (event: ClientEvent) => void {
  const printed = new Set<string>();
  const paint = painter(stderr, env);
  // The line that shows the progress is drawn again below.
  const start = canRedraw(stdout, env) && canRedraw(stderr, env) ? clearLine : '';
  return (event) => {
    if (event.type === 'retry' && event.delay >= longPause) {
      const text = `${formatTime(event.delay)} until ${event.registry} is tried again: ${event.reason}`;
      stderr.write(`${start}${paint('yellow', 'waiting')}: ${escapeControl(text)}\n`);
    }
    if (event.type !== 'warning') return;
    const text = `${event.registry}: ${event.text}`;
    if (printed.has(text)) return;
    printed.add(text);
    stderr.write(`${start}${paint('yellow', 'warning')}: ${escapeControl(text)}\n`);
  };
}
