import { t } from '../messages/messages.ts';
import { showHidden } from '../model/show-hidden.ts';
import type { Trial } from '../model/try-input.ts';

interface RowProps {
  readonly trial: Trial;
  readonly index: number;
  readonly position: number;
  readonly count: number;
  readonly isSelected: boolean;
  /** Where it is in the list, in pixels. */
  readonly top: number;
  readonly select: (index: number) => void;
}

/** Shows one image of the list, and what becomes of it. */
export function DecisionRow({ trial, index, position, count, isSelected, top, select }: RowProps) {
  const { image, decision, source } = trial;
  const { action, reason } = decision;
  const texts = t.value;
  return (
    // Keys are for the list, which has the focus.
    <div
      class={`row ${action}`}
      id={`image-${index}`}
      role="option"
      aria-selected={isSelected}
      aria-posinset={position + 1}
      aria-setsize={count}
      tabIndex={-1}
      style={{ transform: `translateY(${top}px)` }}
      onMouseDown={() => select(index)}
    >
      <span class="action">{texts.actions[action]}</span>
      <span class="image" title={image}>
        <Name image={image} />
      </span>
      {source !== undefined && (
        <span class="place">
          {source.object.kind}/{source.object.name} {source.place}
        </span>
      )}
      <span class="outcome">
        {action === 'rewrite' && (
          <span class="becomes" title={decision.image}>
            → <Name image={decision.image} />
          </span>
        )}
        {action === 'deny' && reason === 'rule' && (
          <span class="message">{decision.rule?.message}</span>
        )}
        {reason !== 'rule' && <span class="reason">{texts.reasons[reason]}</span>}
        {action === 'keep' && reason === 'rule' && (
          <span class="reason">{decision.rule?.from}: keep</span>
        )}
      </span>
    </div>
  );
}

/**
 * Shows an image. If it is too long, its end stays visible, because that is where images differ.
 */
function Name({ image }: { readonly image: string }) {
  const shown = showHidden(image);
  const slash = shown.indexOf('/') + 1;
  return (
    <span class="name">
      <span class="host">{shown.slice(0, slash)}</span>
      <span class="rest">{shown.slice(slash)}</span>
    </span>
  );
}
