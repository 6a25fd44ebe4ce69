import { type Signal, signal } from '@preact/signals';

/**
 * Returns what a user has chosen for this browser; a page that may not store anything forgets it.
 */
export function preference<Value extends string>(
  name: string,
  values: readonly Value[],
  fallback: Value,
): Signal<Value> {
  const key = `image-detour.${name}`;
  const found = values.find((value) => value === read(key)) ?? fallback;
  const chosen = signal(found);
  chosen.subscribe((value) => {
    if (value !== read(key) && (read(key) !== null || value !== found)) write(key, value);
  });
  return chosen;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it holds until the page is closed.
  }
}
