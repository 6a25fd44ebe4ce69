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
  const all = useComputed(() => model.result.value.trials.map((_, index) => index));
  if (all.value.length === 0) return <NoImages model={model} />;
  const texts = t.value;
  const { found, isBehind } = model.counted;
  const counted = found.value;
  // What was chosen earlier may be nowhere in what is tried now.
  const filtered = actions.find(
    (action) => action === model.filter.value && counted[action].length > 0,
  );
  // A filter's list is known once everything is counted.
  const { trials } = filtered ? counted : model.result.value;
  const filter = (action: Decision['action'] | undefined, title: string, count: number) => (
    <button
      type="button"
      class={`count ${action ?? ''}`}
      aria-pressed={filtered === action}
      disabled={count === 0}
      onClick={() => {
        model.filter.value = action ?? '';
      }}
    >
      <b>{formatCount(count)}</b> {title}
    </button>
  );
  return (
    <div class="decisions" aria-busy={isBehind.value}>
      <div class="bar" role="group" aria-label={texts.showing}>
        {filter(undefined, texts.all, counted.trials.length)}
        {actions.map((action) => filter(action, texts.actions[action], counted[action].length))}
      </div>
      <DecisionList
        trials={trials}
        shown={filtered ? counted[filtered] : all.value}
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
