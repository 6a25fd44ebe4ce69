import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension, type StateEffect } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, tooltips } from '@codemirror/view';
import { effect, type ReadonlySignal, type Signal, untracked } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { editorTheme } from './editor-theme.ts';
import { marks } from './marks.ts';

interface EditorProps {
  readonly label: string;
  /**
   * Its colours come a moment after the text, so that the page can be used before the text is
   * parsed.
   */
  readonly language?: Extension;
  readonly extensions?: Extension;
  /** What the editor shows of all that this reads of its state and of signals. */
  readonly effects?: (state: EditorState) => readonly StateEffect<unknown>[];
  /** Called once, when the editor is there. */
  readonly opened?: (view: EditorView) => void;
}

/** Tab goes on to the next control, as everywhere on a page; Ctrl-] and Ctrl-[ indent. */
const writing: Extension = [
  history(),
  closeBrackets(),
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...defaultKeymap,
    ...historyKeymap,
    ...lintKeymap,
    ...searchKeymap,
  ]),
];

const common: Extension = [
  // It has the focus without; not everything that checks pages knows.
  EditorView.contentAttributes.of({ tabindex: '0' }),
  lineNumbers(),
  tooltips({ parent: document.body }),
  bracketMatching(),
  highlightSelectionMatches(),
  marks,
  editorTheme,
];

/**
 * Edits a text that is a signal: what is typed goes into it, and what others put into it appears,
 * undoable.
 */
export function Editor({ text, ...props }: EditorProps & { readonly text: Signal<string> }) {
  const extensions: Extension = [
    writing,
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) text.value = state.doc.toString();
    }),
    props.extensions ?? [],
  ];
  return <View {...props} text={text} extensions={extensions} />;
}

/** Shows a text to read, select and search. */
export function ReadOnly({
  text,
  ...props
}: EditorProps & { readonly text: ReadonlySignal<string> }) {
  const extensions: Extension = [
    EditorState.readOnly.of(true),
    keymap.of([...defaultKeymap, ...searchKeymap]),
    props.extensions ?? [],
  ];
  return <View {...props} text={text} extensions={extensions} />;
}

function View({
  label,
  language = [],
  extensions = [],
  text,
  effects,
  opened,
}: EditorProps & { readonly text: ReadonlySignal<string> }) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  useEffect(() => {
    if (host.current === null) return undefined;
    // In one step, before anything is laid out; later ones follow in the effect.
    const coloured = new Compartment();
    const bare = EditorState.create({
      doc: text.peek(),
      extensions: [coloured.of([]), common, extensions],
    });
    const view = new EditorView({ parent: host.current, state: decorated(bare, effects) });
    editor.current = view;
    opened?.(view);
    let isFirst = true;
    const stop = effect(() => {
      replaceText(view, text.value);
      const shown = effects?.(view.state) ?? [];
      if (!isFirst && shown.length > 0) view.dispatch({ effects: shown });
      isFirst = false;
    });
    const later = setTimeout(() => {
      view.dispatch({ effects: coloured.reconfigure(language) });
      const shown = untracked(() => effects?.(view.state) ?? []);
      if (shown.length > 0) view.dispatch({ effects: shown });
    });
    return () => {
      clearTimeout(later);
      stop();
      view.destroy();
    };
    // What an editor consists of is settled when it is made.
  }, []);
  useEffect(() => editor.current?.contentDOM.setAttribute('aria-label', label), [label]);
  return <div class="editor" ref={host} />;
}

function decorated(state: EditorState, effects: EditorProps['effects']): EditorState {
  const shown = untracked(() => effects?.(state) ?? []);
  return shown.length === 0 ? state : state.update({ effects: shown }).state;
}

function replaceText(view: EditorView, text: string): void {
  const before = view.state.doc;
  if (before.length === text.length && before.toString() === text) return;
  view.dispatch({
    changes: { from: 0, to: before.length, insert: text },
    selection: { anchor: 0 },
    scrollIntoView: true,
  });
}
