/** Formats a number as both languages write it: 10,000. `toLocaleString` would first load the data of every language. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
