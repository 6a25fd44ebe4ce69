import { type Diagnostic as Shown, setDiagnostics } from '@codemirror/lint';
import type { EditorState, StateEffect, Text } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type { Diagnostic, Position } from '../../src/rules/diagnostic.ts';
import { messageOf } from '../messages/diagnostic-text.ts';
import type { Messages } from '../messages/dictionary.ts';

/**
 * Returns the effects that underline what diagnostics are about, and put them next to their lines.
 */
export function diagnosticsEffects(
  state: EditorState,
  diagnostics: readonly Diagnostic[],
  texts: Messages,
): readonly StateEffect<unknown>[] {
  const shown = diagnostics.map((diagnostic): Shown => {
    const from = offsetOf(state.doc, diagnostic);
    const [token = ''] =
      /^("[^"]*"|[^\s,\]}]*)/.exec(state.doc.sliceString(from, from + 300)) ?? [];
    const to = from + token.replace(/:$/, '').length;
    return {
      from,
      to,
      severity: diagnostic.severity === 'note' ? 'info' : diagnostic.severity,
      message: messageOf(diagnostic, texts),
      actions: actionsOf(diagnostic, texts),
    };
  });
  return [setDiagnostics(state, shown).effects ?? []].flat();
}

/** Returns the offset of a position; the end of the text if the line no longer exists. */
export function offsetOf(doc: Text, { line, column }: Position): number {
  if (line > doc.lines) return doc.length;
  const { from, to } = doc.line(line);
  return Math.min(from + column - 1, to);
}

/** Returns what corrects a slip in a key by one click. */
function actionsOf({ code, suggestion }: Diagnostic, texts: Messages): Shown['actions'] & {} {
  if (code !== 'unknown-key' || suggestion === undefined) return [];
  const apply = (view: EditorView, from: number, to: number) =>
    view.dispatch({ changes: { from, to, insert: suggestion } });
  return [{ name: texts.didYouMean(suggestion), apply }];
}
