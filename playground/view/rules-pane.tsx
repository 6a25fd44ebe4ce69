import { lintGutter } from '@codemirror/lint';
import { EditorView } from '@codemirror/view';
import { useRef } from 'preact/hooks';
import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import { Editor } from '../editor/editor.tsx';
import { createHistoryControls } from '../editor/history-buttons.tsx';
import { showMarks } from '../editor/marks.ts';
import { ruleMarks } from '../editor/rule-marks.ts';
import { rulesLanguage } from '../editor/rules-language.ts';
import { messageOf, offsetOf, showDiagnostics } from '../editor/show-diagnostics.ts';
import { t } from '../messages/messages.ts';
import type { Model } from '../model/model.ts';

/** The rules file, with what is wrong in it, and the rules that the selected image met. */
export function RulesPane({ model }: { readonly model: Model }) {
  const words = t.value;
  const controls = useRef(createHistoryControls()).current;
  const editor = useRef<EditorView>(null);
  const decorate = (view: EditorView) => {
    editor.current = view;
    const considered = model.trace.value?.considered ?? [];
    showDiagnostics(view, model.diagnostics.value, t.value);
    showMarks(view, ruleMarks(view.state, considered));
    const [first] = considered;
    if (first?.verdict === 'decided' && !view.hasFocus) {
      const at = offsetOf(view.state.doc, first.rule);
      view.dispatch({ effects: EditorView.scrollIntoView(at, { yMargin: 40 }) });
    }
  };
  const go = (diagnostic: Diagnostic) => {
    const view = editor.current;
    if (view === null) return;
    const anchor = offsetOf(view.state.doc, diagnostic);
    view.dispatch({ selection: { anchor }, scrollIntoView: true });
    view.focus();
  };
  return (
    <section class="pane rules" aria-label={words.rules}>
      <div class="bar">
        <h2>{words.rules}</h2>
        <code class="file-name">detour.yaml</code>
        <span class="gap" />
        <controls.Buttons />
      </div>
      <Editor
        label={words.rulesFile}
        text={model.rules}
        extensions={[rulesLanguage(), lintGutter(), controls.extension]}
        decorate={decorate}
      />
      <Problems diagnostics={model.diagnostics.value} go={go} />
    </section>
  );
}

function Problems({
  diagnostics,
  go,
}: {
  readonly diagnostics: readonly Diagnostic[];
  readonly go: (diagnostic: Diagnostic) => void;
}) {
  const words = t.value;
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const count = words.problems(errors, diagnostics.length - errors);
  return (
    <div class="problems">
      <p role="status" class={errors > 0 ? 'has-errors' : ''}>
        {count === '' ? words.noProblems : count}
      </p>
      <ul>
        {diagnostics.slice(0, 100).map((diagnostic) => (
          <li key={`${diagnostic.line}:${diagnostic.column} ${diagnostic.message}`}>
            <button type="button" class={diagnostic.severity} onClick={() => go(diagnostic)}>
              <span class="severity">{words.severities[diagnostic.severity]}</span>
              <span class="where">
                {diagnostic.line}:{diagnostic.column}
              </span>
              <span>{messageOf(diagnostic, words)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
