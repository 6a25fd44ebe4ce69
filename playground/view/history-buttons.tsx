import { useEffect } from 'preact/hooks';
import { t } from '../messages/messages.ts';
import type { UndoHistory } from '../model/history.ts';

/** Undoes and redoes, by buttons and by keys, whatever was changed last on the page. */
export function HistoryButtons({ history }: { readonly history: UndoHistory<object> }) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const step = stepOf(event);
      if (step === undefined || hasOwnHistory(event.target)) return;
      event.preventDefault();
      history[step]();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <div class="history">
      <HistoryButton step="undo" isEnabled={history.canUndo.value} history={history} />
      <HistoryButton step="redo" isEnabled={history.canRedo.value} history={history} />
    </div>
  );
}

const arrows = {
  undo: 'M4 9h9a5 5 0 0 1 0 10h-3M8 5 4 9l4 4',
  redo: 'M20 9h-9a5 5 0 0 0 0 10h3M16 5l4 4-4 4',
} as const;

interface HistoryButtonProps {
  readonly step: 'undo' | 'redo';
  readonly isEnabled: boolean;
  readonly history: UndoHistory<object>;
}

function HistoryButton({ step, isEnabled, history }: HistoryButtonProps) {
  const name = t.value[step];
  return (
    <button
      type="button"
      class="icon"
      aria-label={name}
      title={name}
      disabled={!isEnabled}
      onClick={history[step]}
    >
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
        <path d={arrows[step]} />
      </svg>
    </button>
  );
}

function stepOf({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent) {
  if (!(ctrlKey || metaKey) || altKey) return undefined;
  if (key.toLowerCase() === 'z') return shiftKey ? 'redo' : 'undo';
  return key === 'y' && ctrlKey ? 'redo' : undefined;
}

/** Reports whether a field undoes by itself, because it is not part of the history of the page. */
function hasOwnHistory(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.dataset.history === undefined;
}
