/** Units of a duration in the rules file, in milliseconds; the largest is first. */
const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** Parses a duration of the rules file, such as `90d`, `12h` or `30m`, to milliseconds. */
export function parseDuration(text: string): number {
  const [, unit] = units.find(([letter]) => text.endsWith(letter)) ?? [];
  if (unit === undefined) throw new RangeError(`"${text}" is not a duration`);
  return Number(text.slice(0, -1)) * unit;
}

/** Formats milliseconds as a duration, in the largest unit that divides them evenly. */
export function formatDuration(milliseconds: number): string {
  const [letter, unit] = units.find(([, length]) => milliseconds % length === 0) ?? ['ms', 1];
  return `${milliseconds / unit}${letter}`;
}
