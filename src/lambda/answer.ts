import { formatAnswer } from '../admission/response.ts';
import { type ReviewResult, reviewAdmission } from '../admission/review.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { asksForRules, type RulesQuestion, readEvent } from './event.ts';
import { metricLine, reviewLine, writeLine } from './log-lines.ts';
import { type HeldRules, type RulesReport, reportRules } from './rules-report.ts';

/**
 * LambdaAnswer is what API Gateway (REST and HTTP APIs) and function URLs turn into an HTTP answer.
 */
interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** HandlerOptions are what the answers of a function depend on. */
export interface HandlerOptions {
  /** The rules in force now. */
  readonly rules: () => RuleSet;
  /** The same with what is known of their source. */
  readonly held: () => HeldRules;
  /** What the path must end with; undefined if the gateway checks that. */
  readonly pathToken?: string | undefined;
  readonly functionName: string;
}

/** Handler answers an event of a gateway, or the question which rules the function holds. */
export interface Handler {
  (event: RulesQuestion): Promise<RulesReport>;
  (event: unknown): Promise<LambdaAnswer>;
}

/**
 * Returns a function that answers the AdmissionReviews that API Gateway passes on, and logs each
 * answer. It never rejects: every event gets an answer.
 */
export function createHandler(options: HandlerOptions): Handler {
  let isColdStart = true;
  async function handle(event: unknown): Promise<LambdaAnswer | RulesReport> {
    if (asksForRules(event)) return reportRules(options.held());
    // Not performance: loading it costs a cold start 1 ms.
    const start = process.hrtime.bigint();
    const { answer, result } = answerSafely(event, options);
    const line = result === undefined ? undefined : reviewLine(result);
    if (line !== undefined) writeLine(line);
    if (answer.statusCode !== 200) writeLine({ level: 'warn', message: reasonOf(answer) });
    writeLine(
      metricLine({
        status: answer.statusCode,
        decisions: result?.decisions ?? [],
        duration: Number(process.hrtime.bigint() - start) / 1e6,
        isColdStart,
        functionName: options.functionName,
        now: Date.now(),
      }),
    );
    isColdStart = false;
    return answer;
  }
  return handle as Handler;
}

interface Answered {
  readonly answer: LambdaAnswer;
  readonly result?: ReviewResult;
}

function answerSafely(event: unknown, options: HandlerOptions): Answered {
  try {
    return answerEvent(event, options);
  } catch (error) {
    writeLine({ level: 'error', message: String(error instanceof Error ? error.stack : error) });
    return { answer: refuse(500, 'internal error') };
  }
}

function answerEvent(event: unknown, { rules, pathToken }: HandlerOptions): Answered {
  const read = readEvent(event, pathToken);
  if ('status' in read) return { answer: refuse(read.status, read.message) };
  const result = reviewAdmission(read.body, rules());
  const { status, body } = formatAnswer(result);
  if (status !== 200) return { answer: refuse(status, body) };
  return { answer: respond(200, 'application/json', body), result };
}

function refuse(status: number, message: string): LambdaAnswer {
  const answer = respond(status, 'text/plain; charset=utf-8', `${message}\n`);
  return status === 405 ? { ...answer, headers: { ...answer.headers, Allow: 'POST' } } : answer;
}

/**
 * Returns the reason without what comes after a colon: the message of a parser can quote the Pod.
 */
function reasonOf({ statusCode, body }: LambdaAnswer): string {
  return `${statusCode} ${body.split(':', 1)[0]?.trimEnd()}`;
}

function respond(statusCode: number, type: string, body: string): LambdaAnswer {
  return { statusCode, headers: { 'Content-Type': type }, body, isBase64Encoded: false };
}
