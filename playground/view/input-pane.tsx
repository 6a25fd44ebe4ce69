import { yaml } from '@codemirror/lang-yaml';
import type { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useRef } from 'preact/hooks';
import { Editor } from '../editor/editor.tsx';
import { marksEffects } from '../editor/marks.ts';
import { diagnosticsEffects, goTo } from '../editor/show-diagnostics.ts';
import { t } from '../messages/messages.ts';
import { translate } from '../messages/sentences.ts';
import type { Model } from '../model/model.ts';
import { ProblemList } from './problem-list.tsx';

/** More of them nobody reads at once. */
const maxErrors = 20;

/** Reports whether a name is a label of RFC 1123. */
function isNamespace(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

/** Edits what the user tries: images or manifests, recognized by their form. */
export function InputPane({ model }: { readonly model: Model }) {
  const texts = t.value;
  const editor = useRef<EditorView>(null);
  const { trials, errors } = model.result.value;
  const tried = model.tried.value;
  const effects = (state: EditorState) => {
    const { start: from, end: to } = model.trace.value?.trial.source ?? {};
    const isOfManifest = from !== undefined && to !== undefined;
    return [
      ...diagnosticsEffects(state, model.result.value.errors, t.value, translate.value),
      ...marksEffects(state, isOfManifest ? [{ from, to, className: 'chosen' }] : []),
    ];
  };
  const select = EditorView.updateListener.of(({ selectionSet, docChanged, state }) => {
    if (!selectionSet || docChanged) return;
    const line = state.doc.lineAt(state.selection.main.head).number;
    const index = model.result.peek().trials.findIndex((trial) => trial.line === line);
    if (index !== -1) model.selected.value = index;
  });
  return (
    <section class="pane input" aria-label={texts.input}>
      <div class="bar">
        <h2>{texts.input}</h2>
        <span class="hint">
          {tried.kind === 'manifest'
            ? texts.objectsAndImages(tried.manifest.documents.length, trials.length)
            : texts.images(trials.length)}
        </span>
        <span class="gap" />
        {tried.kind === 'images' && (
          <label class="field" title={texts.namespaceHint}>
            {texts.namespace}
            <input
              size={10}
              data-history
              value={model.namespace.value}
              aria-invalid={!isNamespace(model.namespace.value)}
              spellcheck={false}
              onInput={({ currentTarget }) => {
                model.namespace.value = currentTarget.value;
              }}
            />
          </label>
        )}
      </div>
      <Editor
        label={texts.inputEditor}
        text={model.input}
        language={yaml()}
        hint={() => t.value.inputHint}
        extensions={select}
        effects={effects}
        opened={(view) => {
          editor.current = view;
        }}
      />
      {errors.length > 0 && (
        <div class="problems">
          <ProblemList
            problems={errors}
            limit={maxErrors}
            go={(problem) => goTo(editor.current, problem)}
          />
        </div>
      )}
      {tried.kind === 'manifest' && tried.text.includes('{{') && (
        <p class="stale">{texts.templates}</p>
      )}
    </section>
  );
}
