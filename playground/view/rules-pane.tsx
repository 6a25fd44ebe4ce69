import { lintGutter } from '@codemirror/lint';
import type { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useMemo, useRef } from 'preact/hooks';
import type { Expectation } from '../../src/decision/expectations.ts';
import type { Diagnostic, Position } from '../../src/rules/diagnostic.ts';
import { Editor } from '../editor/editor.tsx';
import { expectationMarks } from '../editor/expectation-marks.ts';
import { marksEffects } from '../editor/marks.ts';
import { ruleMarks } from '../editor/rule-marks.ts';
import { rulesLanguage } from '../editor/rules-language.ts';
import { diagnosticsEffects, goTo, offsetOf } from '../editor/show-diagnostics.ts';
import { t } from '../messages/messages.ts';
import { translate } from '../messages/sentences.ts';
import { findingsOf } from '../model/findings.ts';
import type { Model } from '../model/model.ts';
import { ProblemList } from './problem-list.tsx';

/**
 * Edits the rules file, and shows what is wrong in it and the rules that the selected image met.
 */
export function RulesPane({ model }: { readonly model: Model }) {
  const texts = t.value;
  const editor = useRef<EditorView>(null);
  const { diagnostics, expectations } = useMemo(() => findingsOf(model.loaded), [model]);
  const effects = (state: EditorState) => {
    // While the file is broken, rules stand where they stood before.
    const considered = model.isBroken.value ? [] : (model.trace.value?.considered ?? []);
    const [first] = considered;
    // Who writes here is not to be taken elsewhere.
    const mayScroll = first?.verdict === 'decided' && !editor.current?.hasFocus;
    return [
      ...diagnosticsEffects(state, diagnostics.value, t.value, translate.value),
      ...marksEffects(state, [
        ...ruleMarks(state, considered),
        ...expectationMarks(state, expectations.value),
      ]),
      ...(mayScroll ? [scrollTo(state, first.rule)] : []),
    ];
  };
  return (
    <section class="pane rules" aria-label={texts.rules}>
      <div class="bar">
        <h2>{texts.rules}</h2>
        <code class="file-name">detour.yaml</code>
      </div>
      <Editor
        label={texts.rulesFile}
        text={model.rules}
        language={rulesLanguage()}
        extensions={lintGutter()}
        effects={effects}
        opened={(view) => {
          editor.current = view;
        }}
      />
      <Problems
        diagnostics={diagnostics.value}
        expectations={expectations.value}
        go={(problem) => goTo(editor.current, problem)}
      />
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
  expectations,
  go,
}: {
  readonly diagnostics: readonly Diagnostic[];
  readonly expectations: readonly Expectation[];
  readonly go: (diagnostic: Diagnostic) => void;
}) {
  const texts = t.value;
  const count = (severity: Diagnostic['severity']) =>
    diagnostics.filter((each) => each.severity === severity).length;
  const errors = count('error');
  // Findings are the warnings, as detour check counts them.
  const problems = texts.problems(errors, count('warning'), count('note')) || texts.noProblems;
  const met = expectations.filter(({ isMet }) => isMet).length;
  return (
    <div class="problems">
      <p role="status" class={errors > 0 ? 'has-errors' : ''}>
        {problems}
        {expectations.length > 0 && (
          <span class="expectations">{texts.expectations(met, expectations.length)}</span>
        )}
      </p>
      <ProblemList problems={diagnostics} limit={maxShown} go={go} />
    </div>
  );
}
