/** Names that a line lists. */
const mostNamed = 5;

/** Formats a number of things: `1 tag`, `12 tags`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Lists the first names, and counts the rest: `6.0, 6.2, 7.0, 7.1, 7.2 and 10 more`. */
export function formatNames(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return names.slice(0, mostNamed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
