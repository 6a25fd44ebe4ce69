import { lintGutter } from '@codemirror/lint';
import type { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useRef } from 'preact/hooks';
import type { Diagnostic, Position } from '../../src/rules/diagnostic.ts';
import { Editor } from '../editor/editor.tsx';
import { createHistoryControls } from '../editor/history-buttons.tsx';
import { marksEffect } from '../editor/marks.ts';
import { ruleMarks } from '../editor/rule-marks.ts';
import { rulesLanguage } from '../editor/rules-language.ts';
import { diagnosticsEffects, offsetOf } from '../editor/show-diagnostics.ts';
import { messageOf } from '../messages/diagnostic-text.ts';
import { t } from '../messages/messages.ts';
import type { Model } from '../model/model.ts';
import { More } from './more.tsx';

/**
 * Edits the rules file, and shows what is wrong in it and the rules that the selected image met.
 */
export function RulesPane({ model }: { readonly model: Model }) {
  const texts = t.value;
  const controls = useRef(createHistoryControls()).current;
  const editor = useRef<EditorView>(null);
  const effects = (state: EditorState) => {
    // While the file is broken, rules stand where they stood before.
    const considered = model.isBroken.value ? [] : (model.trace.value?.considered ?? []);
    const [first] = considered;
    // Who writes here is not to be taken elsewhere.
    const mayScroll = first?.verdict === 'decided' && !editor.current?.hasFocus;
    return [
      ...diagnosticsEffects(state, model.diagnostics.value, t.value),
      marksEffect(state, ruleMarks(state, considered)),
      ...(mayScroll ? [scrollTo(state, first.rule)] : []),
    ];
  };
  const go = (diagnostic: Diagnostic) => {
    const view = editor.current;
    if (view === null) return;
    const anchor = offsetOf(view.state.doc, diagnostic);
    view.dispatch({ selection: { anchor }, scrollIntoView: true });
    view.focus();
  };
  return (
    <section class="pane rules" aria-label={texts.rules}>
      <div class="bar">
        <h2>{texts.rules}</h2>
        <code class="file-name">detour.yaml</code>
        <span class="gap" />
        <controls.Buttons />
      </div>
      <Editor
        label={texts.rulesFile}
        text={model.rules}
        language={rulesLanguage()}
        extensions={[lintGutter(), controls.extension]}
        effects={effects}
        opened={(view) => {
          editor.current = view;
        }}
      />
      <Problems diagnostics={model.diagnostics.value} go={go} />
    </section>
  );
}

/** More of them nobody reads at once. */
const maxShown = 100;

function scrollTo({ doc }: EditorState, position: Position) {
  return EditorView.scrollIntoView(offsetOf(doc, position), { yMargin: 40 });
}

function Problems({
  diagnostics,
  go,
}: {
  readonly diagnostics: readonly Diagnostic[];
  readonly go: (diagnostic: Diagnostic) => void;
}) {
  const texts = t.value;
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const count = texts.problems(errors, diagnostics.length - errors);
  return (
    <div class="problems">
      <p role="status" class={errors > 0 ? 'has-errors' : ''}>
        {count === '' ? texts.noProblems : count}
      </p>
      <ul>
        {diagnostics.slice(0, maxShown).map((diagnostic) => (
          <li key={`${diagnostic.line}:${diagnostic.column} ${diagnostic.message}`}>
            <button type="button" class={diagnostic.severity} onClick={() => go(diagnostic)}>
              <span class="severity">{texts.severities[diagnostic.severity]}</span>
              <span class="where">
                {diagnostic.line}:{diagnostic.column}
              </span>
              <span>{messageOf(diagnostic, texts)}</span>
            </button>
          </li>
        ))}
      </ul>
      <More count={diagnostics.length - maxShown} />
    </div>
  );
}
