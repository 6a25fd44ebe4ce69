import { diagnosticCount, type Diagnostic as Shown, setDiagnostics } from '@codemirror/lint';
import type { EditorState, StateEffect, Text } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type { Diagnostic, Position } from '../../src/rules/diagnostic.ts';
import { messageOf } from '../messages/diagnostic-text.ts';
import type { Messages } from '../messages/dictionary.ts';
import type { Translate } from '../messages/sentences/translate.ts';

/**
 * Returns the effects that underline what diagnostics are about, and put them next to their lines;
 * none if there are none to change.
 */
export function diagnosticsEffects(
  state: EditorState,
  diagnostics: readonly Diagnostic[],
  texts: Messages,
  translate: Translate,
): readonly StateEffect<unknown>[] {
  if (diagnostics.length === 0 && diagnosticCount(state) === 0) return [];
  const shown = diagnostics.map((diagnostic): Shown => {
    return {
      ...rangeOf(state.doc, diagnostic),
      severity: diagnostic.severity === 'note' ? 'info' : diagnostic.severity,
      message: messageOf(diagnostic, texts, translate),
      actions: actionsOf(diagnostic, texts),
    };
  });
  return [setDiagnostics(state, shown).effects ?? []].flat();
}

/** Returns the word at a position; the text of the line before it if there is no word. */
function rangeOf(doc: Text, position: Position): { from: number; to: number } {
  const from = offsetOf(doc, position);
  const [token = ''] = /^("[^"]*"|[^\s,\]}]*)/.exec(doc.sliceString(from, from + 300)) ?? [];
  const to = from + token.replace(/:$/, '').length;
  if (to > from) return { from, to };
  const { text, from: start } = doc.lineAt(
    from > 0 && doc.lineAt(from).length === 0 ? from - 1 : from,
  );
  const indent = text.length - text.trimStart().length;
  return { from: start + indent, to: start + text.length };
}

/** Puts the cursor at a position, and scrolls to it. */
export function goTo(view: EditorView | null, position: Position): void {
  if (view === null) return;
  const anchor = offsetOf(view.state.doc, position);
  view.dispatch({ selection: { anchor }, scrollIntoView: true });
  view.focus();
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
