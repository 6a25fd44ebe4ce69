import { redo, redoDepth, undo, undoDepth } from '@codemirror/commands';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { signal } from '@preact/signals';
import { t } from '../messages/messages.ts';

/** HistoryControls is undo and redo of one editor, for people without a keyboard at hand. */
export interface HistoryControls {
  /** To be part of the editor. */
  readonly extension: Extension;
  Buttons(): preact.JSX.Element;
}

/** Creates the controls of one editor: `Buttons` works as soon as `extension` is part of it. */
export function createHistoryControls(): HistoryControls {
  const canUndo = signal(false);
  const canRedo = signal(false);
  let editor: EditorView | undefined;
  const extension = EditorView.updateListener.of(({ view, state }) => {
    editor = view;
    canUndo.value = undoDepth(state) > 0;
    canRedo.value = redoDepth(state) > 0;
  });
  const run = (command: typeof undo) => {
    if (editor === undefined) return;
    command(editor);
    editor.focus();
  };
  const Buttons = () => (
    <>
      <button type="button" class="quiet" disabled={!canUndo.value} onClick={() => run(undo)}>
        {t.value.undo}
      </button>
      <button type="button" class="quiet" disabled={!canRedo.value} onClick={() => run(redo)}>
        {t.value.redo}
      </button>
    </>
  );
  return { extension, Buttons };
}
