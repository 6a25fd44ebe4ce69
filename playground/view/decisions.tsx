import { useComputed } from '@preact/signals';
import type { Decision } from '../../src/decision/decide.ts';
import { formatCount } from '../messages/count.ts';
import { t } from '../messages/messages.ts';
import type { Model } from '../model/model.ts';
import { DecisionList } from './decision-list.tsx';
import { Empty } from './empty.tsx';
import { isNarrow } from './media.ts';
import { More } from './more.tsx';
import { InlineTrace, TracePane } from './trace.tsx';

const actions = ['rewrite', 'keep', 'deny'] as const;

/** Shows every image with its decision, and how many there are of each kind. */
export function Decisions({ model }: { readonly model: Model }) {
  const counts = useComputed(() => {
    const found = { rewrite: 0, keep: 0, deny: 0 };
    for (const { decision } of model.result.value.trials) found[decision.action]++;
    return found;
  });
  // What was chosen earlier may be nowhere in what is tried now.
  const filtered = useComputed(() => {
    const only = actions.find((action) => action === model.filter.value);
    return only && counts.value[only] > 0 ? only : undefined;
  });
  const shown = useComputed(() =>
    model.result.value.trials.flatMap(({ decision }, index) =>
      filtered.value === undefined || decision.action === filtered.value ? [index] : [],
    ),
  );
  const texts = t.value;
  const { trials } = model.result.value;
  if (trials.length === 0) return <NoImages model={model} />;
  const filter = (action: Decision['action'] | undefined, title: string, count: number) => (
    <button
      type="button"
      class={`count ${action ?? ''}`}
      aria-pressed={filtered.value === action}
      disabled={count === 0}
      onClick={() => {
        model.filter.value = action ?? '';
      }}
    >
      <b>{formatCount(count)}</b> {title}
    </button>
  );
  return (
    <div class="decisions">
      <div class="bar" role="group" aria-label={texts.showing}>
        {filter(undefined, texts.all, trials.length)}
        {actions.map((action) => filter(action, texts.actions[action], counts.value[action]))}
      </div>
      <DecisionList
        trials={trials}
        shown={shown.value}
        selected={Math.min(model.selected.value, trials.length - 1)}
        select={(index) => {
          model.selected.value = index;
        }}
        details={isNarrow.value ? <InlineTrace model={model} /> : undefined}
      />
      <Collisions model={model} />
      {!isNarrow.value && <TracePane model={model} />}
    </div>
  );
}

/** Says why there are no images, as far as that is known. */
function NoImages({ model }: { readonly model: Model }) {
  const texts = t.value;
  const tried = model.tried.value;
  const isManifest = tried.kind === 'manifest';
  if (isManifest && tried.text.includes('{{'))
    return <Empty title={texts.noImages} hint={texts.templates} />;
  if (model.result.value.errors.length > 0)
    return <Empty title={texts.unreadable} hint={texts.unreadableHint} />;
  if (isManifest) return <Empty title={texts.noImagesFound} hint={texts.noImagesFoundHint} />;
  return <Empty title={texts.noImages} hint={texts.noImagesHint} />;
}

/** More of them would hide the decisions. */
const maxCollisions = 20;

function Collisions({ model }: { readonly model: Model }) {
  const collisions = model.collisions.value;
  if (collisions.length === 0) return null;
  return (
    <details class="collisions">
      <summary>{t.value.collisions(collisions.length)}</summary>
      <ul>
        {collisions.slice(0, maxCollisions).map(({ becomes, images }) => (
          <li key={becomes}>
            <code>{images.slice(0, 5).join(' · ')}</code> → <code>{becomes}</code>
          </li>
        ))}
      </ul>
      <More count={collisions.length - maxCollisions} />
    </details>
  );
}
