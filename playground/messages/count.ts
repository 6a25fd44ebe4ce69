/**
 * Formats a number as both languages write it: 10,000. `toLocaleString` would load all that it
 * knows of every language first.
 */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
