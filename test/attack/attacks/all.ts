import { answerAttacks } from './answers.ts';
import type { Attack } from './attack.ts';
import { bodyAttacks } from './bodies.ts';
import { connectionAttacks } from './connections.ts';
import { randomAttacks } from './random.ts';
import { reviewAttacks } from './reviews.ts';

/** Lists every attack, in the order in which they are measured. */
export const attacks: readonly Attack[] = [
  ...bodyAttacks,
  ...answerAttacks,
  ...connectionAttacks,
  ...reviewAttacks,
  ...randomAttacks,
];
