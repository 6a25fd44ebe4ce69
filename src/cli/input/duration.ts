import { UsageError } from '../terminal.ts';

const second = 1000;
const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: second,
  m: 60 * second,
  h: 60 * 60 * second,
  d: 24 * 60 * 60 * second,
};

/** Parses a duration such as `10s`, `500ms` or `30d` to milliseconds. */
export function readDuration(option: string, text: string): number {
  const match = /^(\d{1,6})(ms|s|m|h|d)?$/.exec(text);
  if (match === null)
    throw new UsageError(`${option} takes a duration such as 10s, 500ms or 30d, not "${text}"`);
  return Number(match[1]) * (units[match[2] ?? 's'] as number);
}
