import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../messages/messages.ts';
import type { Trial } from '../model/try-input.ts';

/** Of each row, in pixels; the style sheet has the same. */
const rowHeight = 52;
/** Rows above and below what is seen, so that scrolling shows no gaps. */
const margin = 8;

interface DecisionListProps {
  readonly trials: readonly Trial[];
  /** Which of them are shown. */
  readonly shown: readonly number[];
  readonly selected: number;
  readonly select: (index: number) => void;
}

/** Lists images with their decisions. However many there are, only the rows that are seen exist. */
export function DecisionList({ trials, shown, selected, select }: DecisionListProps) {
  const host = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  useEffect(() => {
    if (host.current === null) return undefined;
    const { current } = host;
    const observer = new ResizeObserver(() => {
      height.value = current.clientHeight;
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(top.value / rowHeight) - margin);
  const last = Math.min(shown.length, Math.ceil((top.value + height.value) / rowHeight) + margin);
  const at = shown.indexOf(selected);

  const moveTo = (position: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, position));
    const index = shown[next];
    if (index === undefined || host.current === null) return;
    select(index);
    scrollTo(host.current, next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height.value / rowHeight) - 1);
    const next = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: shown.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    moveTo(next);
  };

  return (
    <div
      class="list"
      ref={host}
      role="listbox"
      tabIndex={0}
      aria-label={t.value.decisionsList}
      aria-activedescendant={at >= first && at < last ? `image-${selected}` : undefined}
      onScroll={({ currentTarget }) => {
        top.value = currentTarget.scrollTop;
      }}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: `${shown.length * rowHeight}px` }}>
        {shown.slice(first, last).map((index, offset) => (
          <Row
            key={index}
            trial={trials[index] as Trial}
            index={index}
            position={first + offset}
            count={shown.length}
            isSelected={index === selected}
            select={select}
          />
        ))}
      </div>
    </div>
  );
}

function scrollTo(host: HTMLElement, position: number): void {
  const start = position * rowHeight;
  if (start < host.scrollTop) host.scrollTop = start;
  else if (start + rowHeight > host.scrollTop + host.clientHeight)
    host.scrollTop = start + rowHeight - host.clientHeight;
}

/**
 * Shows an image so that its end stays visible if there is no room: that is where images differ.
 */
function Name({ image }: { readonly image: string }) {
  const slash = image.indexOf('/') + 1;
  return (
    <span class="name">
      <span class="host">{image.slice(0, slash)}</span>
      <span class="rest">{image.slice(slash)}</span>
    </span>
  );
}

interface RowProps {
  readonly trial: Trial;
  readonly index: number;
  readonly position: number;
  readonly count: number;
  readonly isSelected: boolean;
  readonly select: (index: number) => void;
}

function Row({ trial, index, position, count, isSelected, select }: RowProps) {
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
      style={{ transform: `translateY(${position * rowHeight}px)` }}
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
