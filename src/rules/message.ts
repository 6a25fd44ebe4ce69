import type { DiagnosticList } from './diagnostic-list.ts';
import { formatPath } from './format-path.ts';
import type { Lines } from './position.ts';
import type { FoundText } from './yaml-value.ts';

/**
 * Finds a `deny` message that ends where a comment begins: `ask #platform` without quotes is `ask`.
 * In other values a `#` after a space is a comment that was meant.
 */
export function checkMessage(
  { isKey, path, scalar }: FoundText,
  lines: Lines,
  diagnostics: DiagnosticList,
): void {
  const isMessage = !isKey && path.length === 3 && path[0] === 'rules' && path[2] === 'deny';
  if (!isMessage || scalar.type !== 'PLAIN' || !scalar.range) return;
  const comment = lines.commentAfter(scalar.range[1]);
  if (comment === undefined) return;
  diagnostics.add('warning', () => ({
    ...lines.position(comment),
    code: 'cut-message',
    message: `${formatPath(path)} ends before this #: what follows is a comment`,
    expected: 'the message in quotes, or the comment on another line',
  }));
}
