import type { Path, Position } from './diagnostic.ts';
import type { DiagnosticList } from './diagnostic-list.ts';
import { formatPath } from './format-path.ts';
import { findHidden, formatCodePoint } from './hidden-characters.ts';

/** Keys whose values may have several lines: people read them, or they are PEM or JSON. */
const messages: ReadonlySet<string> = new Set(['deny', 'ca', 'policy']);
/** Longer than any name, path, label or pattern, in characters. */
const maxTextLength = 1_024;

/** PlacedText is a key or a value of the rules file. */
export interface PlacedText {
  readonly text: string;
  readonly isKey: boolean;
  readonly path: Path;
}

/**
 * Reports what makes a text unfit for any place in a rules file: its length, or a character that
 * nobody sees.
 *
 * @param positionOf returns where a part of it is, or where it begins if that is written as an
 * escape
 */
export function checkText(
  { text, isKey, path }: PlacedText,
  positionOf: (part: string) => Position,
  diagnostics: DiagnosticList,
): void {
  const isMessage = !isKey && messages.has(String(path.at(-1)));
  if (!isMessage && text.length > maxTextLength) {
    diagnostics.add('error', () => ({
      ...positionOf(''),
      code: 'too-large',
      expected: `at most ${maxTextLength}`,
      message: `${isKey ? 'a key' : formatPath(path)} has ${text.length} characters`,
    }));
    return;
  }
  const hidden = findHidden(text, isMessage);
  if (hidden === undefined) return;
  diagnostics.add('error', () => {
    const what = `${isKey ? 'the key ' : ''}${formatPath(path)}`;
    const message = `${what} has the invisible character ${formatCodePoint(hidden)}: remove it`;
    return { ...positionOf(hidden), code: 'hidden-character', message };
  });
}
