import { type Diagnostic as Shown, setDiagnostics } from '@codemirror/lint';
import type { Text } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type { Diagnostic, Position } from '../../src/rules/diagnostic.ts';
import type { Messages } from '../messages/messages.ts';

/** Underlines what diagnostics are about, and puts them beside their lines. */
export function showDiagnostics(
  view: EditorView,
  diagnostics: readonly Diagnostic[],
  words: Messages,
): void {
  const shown = diagnostics.map((diagnostic): Shown => {
    const from = offsetOf(view.state.doc, diagnostic);
    const [token = ''] =
      /^("[^"]*"|[^\s,\]}]*)/.exec(view.state.doc.sliceString(from, from + 300)) ?? [];
    const to = from + token.replace(/:$/, '').length;
    return {
      from,
      to,
      severity: diagnostic.severity === 'note' ? 'info' : diagnostic.severity,
      message: messageOf(diagnostic, words),
      actions: actionsOf(diagnostic, words),
    };
  });
  view.dispatch(setDiagnostics(view.state, shown));
}

/** Where a position stands; the end of the text for one that is not there any more. */
export function offsetOf(doc: Text, { line, column }: Position): number {
  if (line > doc.lines) return doc.length;
  const { from, to } = doc.line(line);
  return Math.min(from + column - 1, to);
}

export function messageOf({ code, message, expected }: Diagnostic, words: Messages): string {
  const title = words.codes[code];
  const wanted = expected === undefined ? '' : ` (${words.expected}: ${expected})`;
  return `${title === undefined ? '' : `${title}: `}${message}${wanted}`;
}

/** A slip in a key is mended by one click. */
function actionsOf({ code, suggestion }: Diagnostic, words: Messages): Shown['actions'] & {} {
  if (code !== 'unknown-key' || suggestion === undefined) return [];
  const apply = (view: EditorView, from: number, to: number) =>
    view.dispatch({ changes: { from, to, insert: suggestion } });
  return [{ name: words.didYouMean(suggestion), apply }];
}
