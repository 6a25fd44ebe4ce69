import type { Budget } from '../rules/budget.ts';
import { maxAnnotations } from './annotation-room.ts';

/**
 * Returns the words of an annotation, each once. What is not a text, or longer than a Pod can carry (the API server asks the
 * webhook before it checks that), has none. Each word takes work from the budget; the words after it is spent are left out.
 */
export function wordsOf(value: unknown, word: RegExp, budget: Budget): ReadonlySet<string> {
  if (typeof value !== 'string' || value === '' || value.length > maxAnnotations) return none;
  const words = new Set<string>();
  for (const [found] of value.matchAll(word)) {
    budget.take(perWord + found.length);
    if (budget.isSpent) break;
    words.add(found);
  }
  return words;
}

/** A word becomes a string and a member of a set. */
const perWord = 16;

const none: ReadonlySet<string> = new Set();
