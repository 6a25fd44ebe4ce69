import type { ReviewResult } from '../admission/review.ts';
import type { Decision } from '../decision/decide.ts';

/** One line for a review that changed or refused something; undefined for the others. Never the Pod. */
export function reviewLine({ request, decisions }: ReviewResult): object | undefined {
  const changed = decisions.filter(({ decision }) => decision.action !== 'keep');
  if (changed.length === 0 || request === undefined) return undefined;
  const { uid, namespace, name, operation } = request;
  const isDenied = changed.some(({ decision }) => decision.action === 'deny');
  const images = changed.map(({ place, image, decision }) => ({
    at: place,
    from: image,
    to: decision.action === 'deny' ? null : decision.image,
    rule: decision.rule?.from ?? null,
  }));
  const message = isDenied ? 'denied' : 'rewrote';
  return { level: 'info', message, uid, namespace, name, operation, images };
}

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

/** CloudWatch's embedded metric format: metrics come out of the log, and nothing has to be called. */
export function metricLine(measured: Measured): object {
  const { status, decisions, duration, isColdStart, functionName, now } = measured;
  const count = (action: Decision['action']) =>
    decisions.filter(({ decision }) => decision.action === action).length;
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        { Namespace: 'ImageDetour', Dimensions: [['FunctionName']], Metrics: metrics },
      ],
    },
    FunctionName: functionName,
    DecisionsRewrite: count('rewrite'),
    DecisionsKeep: count('keep'),
    DecisionsDeny: count('deny'),
    Refused: status === 200 ? 0 : 1,
    ColdStart: isColdStart ? 1 : 0,
    Duration: Math.round(duration * 1000) / 1000,
  };
}

const metrics = [
  { Name: 'DecisionsRewrite', Unit: 'Count' },
  { Name: 'DecisionsKeep', Unit: 'Count' },
  { Name: 'DecisionsDeny', Unit: 'Count' },
  { Name: 'Refused', Unit: 'Count' },
  { Name: 'ColdStart', Unit: 'Count' },
  { Name: 'Duration', Unit: 'Milliseconds' },
];
