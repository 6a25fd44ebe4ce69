import type { Logger } from 'pino';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** FollowContext is where a server reports on what it follows. */
export interface FollowContext {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How often files are looked at, in milliseconds. */
  readonly interval: number;
}

/** Background begins work that goes on beside the reviews, and returns what stops it. */
export type Background = (rules: () => RuleSet, context: FollowContext) => () => void;
