import { randomNumbers } from '../rig/random-numbers.ts';

/** Deals cards without end, in an order that depends on the seed: each once, then all again. */
export function* deal<Card>(cards: readonly Card[], seed: number): Generator<Card, never> {
  const random = randomNumbers(seed);
  for (;;) {
    const left = [...cards];
    while (left.length > 0) yield* left.splice(Math.floor(random() * left.length), 1);
  }
}
