import { createHash } from 'node:crypto';
import { randomNumbers } from '../../rig/random-numbers.ts';

/** Random gives numbers that look random, and are the same for the same seed. */
export interface Random {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** From 0 up to, and without, `end`. */
  below(end: number): number;
  pick<T>(choices: readonly T[]): T;
}

/** Makes numbers from a seed, which may be a text. */
export function randomOf(seed: number | string): Random {
  const next = randomNumbers(createHash('sha256').update(`${seed}`).digest().readUInt32LE());
  const below = (end: number) => Math.floor(next() * end);
  return { next, below, pick: (choices) => choices[below(choices.length)] as never };
}
