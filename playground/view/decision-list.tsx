import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../messages/messages.ts';
import type { Trial } from '../model/try-input.ts';
import { DecisionRow } from './decision-row.tsx';

/** Of each row, in rem, so that rows grow with the user's font; the style sheet has the same. */
const rowHeightInRem = 3.25;
/** Rows above and below what is seen, so that scrolling shows no gaps. */
const margin = 8;

interface DecisionListProps {
  readonly trials: readonly Trial[];
  /** Which of them are shown. */
  readonly shown: readonly number[];
  readonly selected: number;
  readonly select: (index: number) => void;
  /** Opens under the selected row when that is chosen, and closes when it is chosen again. */
  readonly details?: ComponentChildren;
}

/** Lists images with their decisions. However many there are, only the rows that are seen exist. */
export function DecisionList({ trials, shown, selected, select, details }: DecisionListProps) {
  const host = useRef<HTMLDivElement>(null);
  const under = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  const rowHeight = useSignal(rowHeightInRem * 16);
  const isOpen = useSignal(false);
  const detailsHeight = useSignal(0);
  useHeight(host, height, rowHeight);

  const at = shown.indexOf(selected);
  const isUnder = details !== undefined && isOpen.value && at !== -1;
  useHeight(under, detailsHeight, rowHeight, isUnder);
  const gap = isUnder ? detailsHeight.value : 0;
  const topOf = (position: number) => position * rowHeight.value + (position > at ? gap : 0);
  const positionAt = (pixels: number) => {
    const open = topOf(at) + rowHeight.value;
    return (pixels < open ? pixels : Math.max(open, pixels - gap)) / rowHeight.value;
  };
  const first = Math.max(0, Math.floor(positionAt(top.value)) - margin);
  const last = Math.min(shown.length, Math.ceil(positionAt(top.value + height.value)) + margin);

  const moveTo = (position: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, position));
    const index = shown[next];
    if (index === undefined || host.current === null) return;
    select(index);
    scrollTo(host.current, topOf(next), rowHeight.value);
  };
  const choose = (index: number) => {
    isOpen.value = index !== selected || !isOpen.value;
    select(index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height.value / rowHeight.value) - 1);
    if (event.key === 'Enter' && at !== -1) choose(selected);
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
      onScroll={({ currentTarget }) => {
        top.value = currentTarget.scrollTop;
      }}
    >
      <div
        class="rows"
        role="listbox"
        tabIndex={0}
        aria-label={t.value.decisionsList}
        aria-activedescendant={at >= first && at < last ? `image-${selected}` : undefined}
        style={{ height: `${shown.length * rowHeight.value + gap}px` }}
        onKeyDown={onKeyDown}
      >
        {shown.slice(first, last).map((index, offset) => (
          <DecisionRow
            key={index}
            trial={trials[index] as Trial}
            index={index}
            position={first + offset}
            count={shown.length}
            isSelected={index === selected}
            top={topOf(first + offset)}
            select={choose}
          />
        ))}
      </div>
      {isUnder && (
        <div
          class="under"
          ref={under}
          style={{ transform: `translateY(${topOf(at) + rowHeight.value}px)` }}
        >
          {details}
        </div>
      )}
    </div>
  );
}

/** Keeps the height of an element in a signal, and that of a row for the font of the moment. */
function useHeight(
  element: RefObject<HTMLElement | null>,
  height: Signal<number>,
  rowHeight: Signal<number>,
  isThere = true,
): void {
  useEffect(() => {
    if (!isThere || element.current === null) return undefined;
    const { current } = element;
    const observer = new ResizeObserver(() => {
      height.value = current.clientHeight;
      const { fontSize } = getComputedStyle(document.documentElement);
      rowHeight.value = rowHeightInRem * Number.parseFloat(fontSize);
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [isThere]);
}

function scrollTo(host: HTMLElement, start: number, height: number): void {
  if (start < host.scrollTop) host.scrollTop = start;
  else if (start + height > host.scrollTop + host.clientHeight)
    host.scrollTop = start + height - host.clientHeight;
}
