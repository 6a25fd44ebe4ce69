import type { Budget } from '../rules/budget.ts';

/** The API server refuses annotations beyond this, in characters at least; it asks the webhook before it checks. */
const maxAnnotation = 256 * 1024;

/**
 * Returns the words of an annotation, each once. What is not a text, or longer than a Pod can carry, has none. Each word
 * takes work from the budget; the words after it is spent are left out.
 */
export function wordsOf(value: unknown, word: RegExp, budget: Budget): ReadonlySet<string> {
  if (typeof value !== 'string' || value === '' || value.length > maxAnnotation) return none;
  const words = new Set<string>();
  for (const [found] of value.matchAll(word)) {
    budget.lookUp(found.length);
    if (budget.isSpent) break;
    words.add(found);
  }
  return words;
}

const none: ReadonlySet<string> = new Set();
