import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHistory } from './history.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const start = { rules: 'a', namespace: 'default' };

function createPage() {
  const page = { value: start };
  const history = createHistory(start, (value) => {
    page.value = value;
  });
  const change = (changes: Partial<typeof start>, after = 1_000) => {
    vi.advanceTimersByTime(after);
    page.value = { ...page.value, ...changes };
    history.record(page.value);
  };
  return { page, history, change };
}

test('undoes and redoes the last change, whichever field it was in', () => {
  const { page, history, change } = createPage();
  change({ rules: 'ab' });
  change({ namespace: 'team' });
  history.undo();
  expect(page.value).toEqual({ rules: 'ab', namespace: 'default' });
  history.undo();
  expect(page.value).toEqual(start);
  expect(history.canUndo.value).toBe(false);
  history.redo();
  history.redo();
  expect(page.value).toEqual({ rules: 'ab', namespace: 'team' });
  expect(history.canRedo.value).toBe(false);
});

test('takes what is typed without a pause as one step', () => {
  const { page, history, change } = createPage();
  change({ rules: 'ab' });
  change({ rules: 'abc' }, 100);
  change({ rules: 'abcd' }, 1_000);
  history.undo();
  expect(page.value.rules).toBe('abc');
  history.undo();
  expect(page.value.rules).toBe('a');
});

test('forgets what was undone when something else is changed', () => {
  const { page, history, change } = createPage();
  change({ rules: 'ab' });
  history.undo();
  change({ rules: 'x' }, 0);
  expect(history.canRedo.value).toBe(false);
  history.undo();
  expect(page.value.rules).toBe('a');
});
