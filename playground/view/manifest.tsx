import { yaml } from '@codemirror/lang-yaml';
import { EditorView } from '@codemirror/view';
import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { ReadOnly } from '../editor/editor.tsx';
import { showMarks } from '../editor/marks.ts';
import { ScrolledTogether } from '../editor/scrolled-together.ts';
import { t } from '../messages/messages.ts';
import { beforeAfter, type Range } from '../model/before-after.ts';
import type { Model } from '../model/model.ts';
import { Empty } from './empty.tsx';

/** The manifest as written and as it is pulled, side by side. */
export function ManifestView({ model }: { readonly model: Model }) {
  const words = t.value;
  const both = useComputed(() => beforeAfter(model.input.value, model.result.value.trials));
  const after = useComputed(() => both.value.after);
  const pair = useRef(new ScrolledTogether()).current;
  if (model.tried.value.kind !== 'manifest') {
    return <Empty title={words.manifestEmpty} hint={words.manifestEmptyHint} />;
  }
  const show = (view: EditorView, changed: readonly Range[], className: string) => {
    showMarks(
      view,
      changed.map(([from, to]) => ({ from, to, className })),
    );
    pair.add(view);
  };
  return (
    <div class="before-after">
      <section>
        <h3>{words.before}</h3>
        <ReadOnly
          label={words.before}
          text={model.input}
          extensions={[yaml(), EditorView.lineWrapping]}
          decorate={(view) => show(view, both.value.changedBefore, 'removed')}
        />
      </section>
      <section>
        <h3>{words.after}</h3>
        <ReadOnly
          label={words.after}
          text={after}
          extensions={[yaml(), EditorView.lineWrapping]}
          decorate={(view) => show(view, both.value.changedAfter, 'added')}
        />
      </section>
    </div>
  );
}
