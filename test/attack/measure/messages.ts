/**
 * What the programs of a measurement are told and report: plain data, by arguments and messages.
 */
import type { Counts, Target } from '../attacks/attack.ts';

/** LoadOptions is the argument of the program that makes the good load. */
export interface LoadOptions {
  readonly url: string;
  readonly perSecond: number;
}

/**
 * Phase is good load alone, next to the attack, or when all connections of the attack are ended at
 * once.
 */
export type Phase = 'warm-up' | 'baseline' | 'attack' | 'after';

/** PhaseReport is what became of the good load in one phase. */
export interface PhaseReport {
  readonly answered: number;
  readonly lost: number;
  /** How often each thing went wrong. */
  readonly reasons: Readonly<Record<string, number>>;
  /** In milliseconds, as are those below. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** LoadReport is what the good load's program sends when it ends. */
export type LoadReport = Readonly<Record<Phase, PhaseReport>>;

/** AttackerOptions is the argument of the attacker's program: which attack, on which server. */
export interface AttackerOptions {
  readonly name: string;
  readonly target: Target;
}

/** AttackerReport is what the attacker's program sends when it ends. */
export type AttackerReport = Counts;
