import { effect, type ReadonlySignal } from '@preact/signals';
import { preference } from './preference.ts';
import { parseShared, type Shared } from './share.ts';

const key = 'image-detour.work';
/** How long nothing must change before the work is stored, in milliseconds. */
const rest = 400;

/** Whether this browser keeps the work; only if the user has asked for it. */
export const keeps = preference('keep', ['no', 'yes'], 'no');

/** Returns the work stored in this browser; undefined if there is none, or storing is off. */
export function readKeptWork(): Shared | undefined {
  if (keeps.peek() === 'no') return undefined;
  try {
    return parseShared(localStorage.getItem(key) ?? 'null');
  } catch {
    return undefined;
  }
}

/**
 * Stores the work in this browser as long as the user wants that, and removes it afterwards.
 * Nothing is stored until the user has changed something. If the work does not fit, it calls
 * `failed` and removes what was stored before, which is out of date.
 */
export function keepWork(shared: ReadonlySignal<Shared>, failed: () => void): void {
  const first = shared.peek();
  let timer = 0;
  effect(() => {
    const work = shared.value;
    clearTimeout(timer);
    if (keeps.value === 'no') remove();
    else if (work !== first) timer = setTimeout(() => store(work) || failed(), rest);
  });
}

function store(work: Shared): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(work));
    return true;
  } catch {
    remove();
    return false;
  }
}

function remove(): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // A page that may not store anything has nothing to remove.
  }
}
