import { type ReadonlySignal, signal } from '@preact/signals';

/** UndoHistory remembers earlier values of what a user changes. */
export interface UndoHistory<Value> {
  readonly canUndo: ReadonlySignal<boolean>;
  readonly canRedo: ReadonlySignal<boolean>;
  /** Records a value; equal ones are one. */
  record(value: Value): void;
  undo(): void;
  redo(): void;
}

/** Changes with shorter pauses between them, in milliseconds, are undone together. */
const pause = 500;
/** How many steps are remembered. */
const maxSteps = 200;

/**
 * Creates the history of the whole page, so that one key undoes the last change wherever it was.
 * `apply` puts a value back. Changes of the same keys in quick succession are one step.
 */
export function createHistory<Value extends object>(
  first: Value,
  apply: (value: Value) => void,
): UndoHistory<Value> {
  const past: Value[] = [];
  const future: Value[] = [];
  let present = first;
  let lastKeys = '';
  let lastTime = 0;
  const canUndo = signal(false);
  const canRedo = signal(false);
  const show = () => {
    canUndo.value = past.length > 0;
    canRedo.value = future.length > 0;
  };
  const go = (from: Value[], to: Value[]) => {
    const next = from.pop();
    if (next === undefined) return;
    to.push(present);
    present = next;
    lastKeys = '';
    apply(next);
    show();
  };
  return {
    canUndo,
    canRedo,
    record(value) {
      const keys = changedKeys(present, value);
      if (keys === '') return;
      const isSameStep = keys === lastKeys && Date.now() - lastTime < pause;
      if (!isSameStep) past.push(present);
      if (past.length > maxSteps) past.shift();
      future.length = 0;
      present = value;
      lastKeys = keys;
      lastTime = Date.now();
      show();
    },
    undo: () => go(past, future),
    redo: () => go(future, past),
  };
}

function changedKeys<Value extends object>(before: Value, after: Value): string {
  const keys = Object.keys(after) as (keyof Value & string)[];
  return keys.filter((key) => before[key] !== after[key]).join(' ');
}
