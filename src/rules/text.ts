import type { Path, Position } from './diagnostic.ts';
import type { DiagnosticList } from './diagnostic-list.ts';
import { formatPath } from './format-path.ts';
import { findHidden, formatCodePoint } from './hidden-characters.ts';

/** Keys whose values may have several lines: people read them, or they are PEM. */
const messages = new Set(['deny', 'ca']);
/** Longer than any name, path, label or pattern, in characters. */
const maxTextLength = 1_024;

/** A key or a value of the rules file. */
export interface PlacedText {
  readonly text: string;
  readonly isKey: boolean;
  readonly path: Path;
  /** Returns where `part` of it is, or where it begins if that is written as an escape. */
  readonly positionOf: (part: string) => Position;
}

/** Adds what makes a text unfit for any place in a rules file: its length, or a character that nobody sees. */
export function checkText(placed: PlacedText, diagnostics: DiagnosticList): void {
  const { text, isKey, path, positionOf } = placed;
  const isMessage = !isKey && messages.has(String(path.at(-1)));
  if (!isMessage && text.length > maxTextLength) {
    const what = isKey ? 'a key' : formatPath(path);
    const message = `${what} has ${text.length} characters`;
    const expected = `at most ${maxTextLength}`;
    diagnostics.add('error', () => ({ ...positionOf(''), code: 'too-large', message, expected }));
    return;
  }
  const hidden = findHidden(text, isMessage);
  if (hidden === undefined) return;
  const what = `${isKey ? 'the key ' : ''}${formatPath(path)}`;
  const message = `${what} has the invisible character ${formatCodePoint(hidden)}: remove it`;
  diagnostics.add('error', () => ({ ...positionOf(hidden), code: 'hidden-character', message }));
}
