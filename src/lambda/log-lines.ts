import fs from 'node:fs';
import type { ReviewResult } from '../admission/review.ts';
import { summarizeReview } from '../admission/summary.ts';
import type { Decision } from '../decision/decide.ts';

/** Returns a line for a review that changed or refused something; undefined for other reviews. */
export function reviewLine(result: ReviewResult): object | undefined {
  const summary = summarizeReview(result);
  return summary && { level: 'info', message: summary.message, ...summary.fields };
}

/** Measured is what the metrics of one answer are made of. */
export interface Measured {
  readonly status: number;
  readonly decisions: ReviewResult['decisions'];
  /** In milliseconds. */
  readonly duration: number;
  readonly isColdStart: boolean;
  readonly functionName: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Returns the metrics of an answer in CloudWatch's embedded metric format: CloudWatch reads metrics
 * from the log, so the function calls no API.
 */
export function metricLine(measured: Measured): object {
  const { status, decisions, duration, isColdStart, functionName, now } = measured;
  const count = (action: Decision['action']) =>
    decisions.filter(({ decision }) => decision.action === action).length;
  return {
    ...describeMetrics(metrics, functionName, now),
    DecisionsRewrite: count('rewrite'),
    DecisionsKeep: count('keep'),
    DecisionsDeny: count('deny'),
    Refused: status === 200 ? 0 : 1,
    ColdStart: isColdStart ? 1 : 0,
    Duration: Math.round(duration * 1000) / 1000,
  };
}

/** RulesReading is what became of reading the rules. */
export interface RulesReading {
  readonly message: string;
  /** Whether they can be used. */
  readonly isValid: boolean;
  readonly diagnostics: readonly string[];
  readonly functionName: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Returns a line about a reading of the rules, which counts as a metric whether it failed: the alarm
 * of the templates ends when a reading succeeds.
 */
export function rulesLine(reading: RulesReading): object {
  const { message, isValid, diagnostics, functionName, now } = reading;
  return {
    level: isValid ? 'info' : 'error',
    message,
    diagnostics,
    ...describeMetrics([{ Name: 'RulesFailures', Unit: 'Count' }], functionName, now),
    RulesFailures: isValid ? 0 : 1,
  };
}

function describeMetrics(
  metrics: readonly { readonly Name: string; readonly Unit: string }[],
  functionName: string,
  now: number,
): object {
  const dimensions = [['FunctionName']];
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: 'ImageDetour', Dimensions: dimensions, Metrics: metrics }],
    },
    FunctionName: functionName,
  };
}

/**
 * Writes a line to the log, as JSON. It does not use console, because Lambda's console puts the
 * line into another one, and metrics are read from whole lines only. It does not use process.stdout
 * either, unless the pipe is full: creating that stream costs a cold start 2 ms.
 */
export function writeLine(line: object): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  let written = 0;
  try {
    while (written < bytes.length) written += fs.writeSync(1, bytes, written);
  } catch {
    process.stdout.write(bytes.subarray(written));
  }
}

const metrics = [
  { Name: 'DecisionsRewrite', Unit: 'Count' },
  { Name: 'DecisionsKeep', Unit: 'Count' },
  { Name: 'DecisionsDeny', Unit: 'Count' },
  { Name: 'Refused', Unit: 'Count' },
  { Name: 'ColdStart', Unit: 'Count' },
  { Name: 'Duration', Unit: 'Milliseconds' },
] as const;
