import { type Diagnostic as Shown, setDiagnostics } from '@codemirror/lint';
import type { EditorState, StateEffect, Text } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type { Diagnostic, Position } from '../../src/rules/diagnostic.ts';
import { messageOf } from '../messages/diagnostic-text.ts';
import type { Messages } from '../messages/dictionary.ts';

/** What underlines what diagnostics are about, and puts them beside their lines. */
export function diagnosticsEffects(
  state: EditorState,
  diagnostics: readonly Diagnostic[],
  words: Messages,
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
      message: messageOf(diagnostic, words),
      actions: actionsOf(diagnostic, words),
    };
  });
  return [setDiagnostics(state, shown).effects ?? []].flat();
}

/** Where a position stands; the end of the text for one that is not there any more. */
export function offsetOf(doc: Text, { line, column }: Position): number {
  if (line > doc.lines) return doc.length;
  const { from, to } = doc.line(line);
  return Math.min(from + column - 1, to);
}

/** A slip in a key is mended by one click. */
function actionsOf({ code, suggestion }: Diagnostic, words: Messages): Shown['actions'] & {} {
  if (code !== 'unknown-key' || suggestion === undefined) return [];
  const apply = (view: EditorView, from: number, to: number) =>
    view.dispatch({ changes: { from, to, insert: suggestion } });
  return [{ name: words.didYouMean(suggestion), apply }];
}
