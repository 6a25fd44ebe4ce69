/** What the programs of a measurement are told and report: plain data, by arguments and messages. */
import type { Counts, Target } from '../attacks/attack.ts';

export interface LoadOptions {
  readonly url: string;
  readonly perSecond: number;
}

/** Good load alone, next to the attack, and when all connections of the attack are ended at once. */
export type Phase = 'warm-up' | 'baseline' | 'attack' | 'after';

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

export type LoadReport = Readonly<Record<Phase, PhaseReport>>;

export interface AttackerOptions {
  readonly name: string;
  readonly target: Target;
}

export type AttackerReport = Counts;
