import type { Budget } from '../rules/budget.ts';
import { maxAnnotations } from './annotation-room.ts';

/**
 * Returns the entries of an annotation that the pattern `entry` matches, each once. What is not a
 * text, or longer than a Pod can carry (the API server asks the webhook before it checks that), has
 * none. Each entry takes work from the budget; the entries after it is spent are left out.
 */
export function readEntries(value: unknown, entry: RegExp, budget: Budget): ReadonlySet<string> {
  if (typeof value !== 'string' || value === '' || value.length > maxAnnotations) return none;
  const entries = new Set<string>();
  for (const [found] of value.matchAll(entry)) {
    budget.take(perEntry + found.length);
    if (budget.isSpent) break;
    entries.add(found);
  }
  return entries;
}

/** An entry becomes a string and a member of a set. */
const perEntry = 16;

const none: ReadonlySet<string> = new Set();
