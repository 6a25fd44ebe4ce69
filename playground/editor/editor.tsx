import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { closeSearchPanel, highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension, type StateEffect } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder, tooltips } from '@codemirror/view';
import { effect, type ReadonlySignal, type Signal, untracked } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { language as pageLanguage } from '../messages/messages.ts';
import { editorTheme } from './editor-theme.ts';
import { marks } from './marks.ts';
import { phrases } from './phrases.ts';

interface EditorProps {
  readonly label: string;
  /**
   * Its colours come a moment after the text, so that the page can be used before the text is
   * parsed.
   */
  readonly language?: Extension;
  readonly extensions?: Extension;
  /** Returns what is shown while the text is empty, in the language of the page. */
  readonly hint?: () => string;
  /** What the editor shows of all that this reads of its state and of signals. */
  readonly effects?: (state: EditorState) => readonly StateEffect<unknown>[];
  /** Called once, when the editor is there. */
  readonly opened?: (view: EditorView) => void;
}

/** Tab goes on to the next control, as everywhere on a page; Ctrl-] and Ctrl-[ indent. */
const writing: Extension = [
  closeBrackets(),
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...defaultKeymap,
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
 * Edits a text that is a signal: typing updates the signal, and other changes to it are shown.
 * The page undoes changes, not the editor: model/history.ts.
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
  hint,
}: EditorProps & { readonly text: ReadonlySignal<string> }) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  useEffect(() => {
    if (host.current === null) return undefined;
    // In one step, before anything is laid out; later ones follow in the effect.
    const coloured = new Compartment();
    const worded = new Compartment();
    const words = (): Extension => [
      EditorState.phrases.of(phrases[pageLanguage.value]),
      hint === undefined ? [] : placeholder(hint()),
    ];
    const bare = EditorState.create({
      doc: text.peek(),
      extensions: [coloured.of([]), worded.of(untracked(words)), common, extensions],
    });
    const view = new EditorView({ parent: host.current, state: decorated(bare, effects) });
    editor.current = view;
    opened?.(view);
    let isNew = true;
    let isFirst = true;
    let last = text.peek();
    const stop = effect(() => {
      const { value } = text;
      // The editor's own text is not kept as one: making one of it takes as long as it is.
      if (value !== last) replaceText(view, value);
      last = value;
      const shown = effects?.(view.state) ?? [];
      if (!isFirst && shown.length > 0) view.dispatch({ effects: shown });
      isFirst = false;
    });
    const stopWords = effect(() => {
      const reworded = worded.reconfigure(words());
      if (isNew) return;
      // It is made of words that it does not change.
      closeSearchPanel(view);
      view.dispatch({ effects: reworded });
    });
    isNew = false;
    const later = setTimeout(() => {
      view.dispatch({ effects: coloured.reconfigure(language) });
      const shown = untracked(() => effects?.(view.state) ?? []);
      if (shown.length > 0) view.dispatch({ effects: shown });
    });
    return () => {
      clearTimeout(later);
      stop();
      stopWords();
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

/**
 * Puts a text in place of the one before, and changes only what differs, so that the cursor stays
 * where it was, or goes to where something was undone.
 */
function replaceText(view: EditorView, text: string): void {
  const before = view.state.doc.toString();
  if (before === text) return;
  const shorter = Math.min(before.length, text.length);
  let from = 0;
  while (from < shorter && before[from] === text[from]) from++;
  let kept = 0;
  while (kept < shorter - from && before.at(-1 - kept) === text.at(-1 - kept)) kept++;
  const insert = text.slice(from, text.length - kept);
  view.dispatch({
    changes: { from, to: before.length - kept, insert },
    selection: { anchor: view.hasFocus ? from + insert.length : from },
    scrollIntoView: true,
  });
}
