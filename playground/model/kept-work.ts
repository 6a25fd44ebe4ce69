import { effect, type ReadonlySignal } from '@preact/signals';
import { preference } from './preference.ts';
import { parseShared, type Shared } from './share.ts';

const key = 'image-detour.work';
/** How long nothing must change before the work is stored, in milliseconds. */
const rest = 400;

/** Whether this browser keeps the work; only if the user has asked for it. */
export const keeps = preference('keep', ['no', 'yes'], 'no');

/** Returns the work that this browser keeps; undefined if there is none, or nobody asked for it. */
export function readKeptWork(): Shared | undefined {
  if (keeps.peek() === 'no') return undefined;
  try {
    return parseShared(localStorage.getItem(key) ?? 'null');
  } catch {
    return undefined;
  }
}

/**
 * Keeps the work in this browser while the user wants that, and removes it when they no longer do.
 * What the page opened with is kept only once it was changed. Calls `failed` if the browser takes
 * no more; what it kept before is removed then, because it is not the work any more.
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
