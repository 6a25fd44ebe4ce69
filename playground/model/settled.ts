import { effect, type ReadonlySignal, signal } from '@preact/signals';

/**
 * Follows a signal once it has not changed for `rest` milliseconds, for expensive results that
 * nobody needs at each keystroke. If `rest` is 0, it follows at once.
 */
export function settled<Value>(
  source: ReadonlySignal<Value>,
  rest: (value: Value) => number,
): ReadonlySignal<Value> {
  const followed = signal(source.peek());
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const { value } = source;
    clearTimeout(timer);
    const follow = () => {
      followed.value = value;
    };
    if (rest(value) === 0) follow();
    else timer = setTimeout(follow, rest(value));
  });
  return followed;
}
