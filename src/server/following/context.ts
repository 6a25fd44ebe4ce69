import type { Logger } from 'pino';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { Metrics } from '../metrics/metrics.ts';

/**
 * FollowContext is where a server reports what happens to what it follows, and how often it checks
 * files.
 */
export interface FollowContext {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How often files are checked for changes, in milliseconds. */
  readonly interval: number;
}

/** Background begins work alongside the reviews, and returns a function that stops it. */
export type Background = (rules: () => RuleSet, context: FollowContext) => () => void;
