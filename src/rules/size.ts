import { size } from './registry-forms.ts';

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Parses a size such as `16MiB` to bytes; undefined if it is not one. */
export function parseSize(text: string): number | undefined {
  if (!size.test(text)) return undefined;
  return Number(text.slice(0, -3)) * (units[text.slice(-3)] ?? 1);
}
