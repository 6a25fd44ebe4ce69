import { yaml } from '@codemirror/lang-yaml';
import type { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { ReadOnly } from '../editor/editor.tsx';
import { marksEffects } from '../editor/marks.ts';
import { ScrolledTogether } from '../editor/scrolled-together.ts';
import { t } from '../messages/messages.ts';
import { beforeAfter, type Range } from '../model/before-after.ts';
import type { Model } from '../model/model.ts';
import { Empty } from './empty.tsx';

/** Shows the manifest as written and as it is pulled, side by side. */
export function ManifestView({ model }: { readonly model: Model }) {
  const texts = t.value;
  const both = useComputed(() => beforeAfter(model.input.value, model.result.value.trials));
  const after = useComputed(() => both.value.after);
  const pair = useRef(new ScrolledTogether()).current;
  if (model.tried.value.kind !== 'manifest') {
    return <Empty title={texts.manifestEmpty} hint={texts.manifestEmptyHint} />;
  }
  const show = (state: EditorState, changed: readonly Range[], className: string) =>
    marksEffects(
      state,
      changed.map(([from, to]) => ({ from, to, className })),
    );
  const opened = (view: EditorView) => pair.add(view);
  return (
    <div class="before-after">
      <section>
        <h3>{texts.before}</h3>
        <ReadOnly
          label={texts.before}
          text={model.input}
          language={yaml()}
          extensions={EditorView.lineWrapping}
          effects={(state) => show(state, both.value.changedBefore, 'removed')}
          opened={opened}
        />
      </section>
      <section>
        <h3>{texts.after}</h3>
        <ReadOnly
          label={texts.after}
          text={after}
          language={yaml()}
          extensions={EditorView.lineWrapping}
          effects={(state) => show(state, both.value.changedAfter, 'added')}
          opened={opened}
        />
      </section>
    </div>
  );
}
