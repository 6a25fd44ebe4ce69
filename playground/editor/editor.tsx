import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { effect, type ReadonlySignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { editorTheme } from './editor-theme.ts';
import { marks } from './marks.ts';

interface EditorProps {
  readonly label: string;
  readonly extensions?: Extension;
  /** Shows in the editor what follows from its text, and from all signals that this reads. */
  readonly decorate?: (view: EditorView) => void;
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
  drawSelection(),
  bracketMatching(),
  highlightSelectionMatches(),
  marks,
  editorTheme,
];

/** An editor whose text is a signal: what is typed goes into it, and what others put into it comes up, undoable. */
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

/** A text to read, select and search. */
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
  extensions = [],
  text,
  decorate,
}: EditorProps & { readonly text: ReadonlySignal<string> }) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  useEffect(() => {
    if (host.current === null) return undefined;
    const view = new EditorView({
      parent: host.current,
      state: EditorState.create({ doc: text.peek(), extensions: [common, extensions] }),
    });
    editor.current = view;
    const stop = effect(() => {
      replaceText(view, text.value);
      decorate?.(view);
    });
    return () => {
      stop();
      view.destroy();
    };
    // What an editor consists of is settled when it is made.
  }, []);
  useEffect(() => editor.current?.contentDOM.setAttribute('aria-label', label), [label]);
  return <div class="editor" ref={host} />;
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
