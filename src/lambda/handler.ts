import { type ReviewResult, reviewAdmission } from '../admission/review.ts';
import { readEvent } from './event.ts';
import { metricLine, reviewLine } from './log-lines.ts';
import { chooseRules } from './rules.ts';

/** What API Gateway (REST and HTTP APIs) and function URLs make an HTTP answer of. */
export interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'image-detour';
const { ruleSet, problems } = chooseRules(process.env);
for (const problem of problems) log({ level: 'warn', message: problem });

let isColdStart = true;

/** Answers an AdmissionReview that API Gateway hands over. Total: whatever the event, there is an answer. */
export async function handler(event: unknown): Promise<LambdaAnswer> {
  const start = performance.now();
  const { answer, result } = answerSafely(event);
  const line = result === undefined ? undefined : reviewLine(result);
  if (line !== undefined) log(line);
  if (answer.statusCode !== 200) log({ level: 'warn', message: reasonOf(answer) });
  log(
    metricLine({
      status: answer.statusCode,
      decisions: result?.decisions ?? [],
      duration: performance.now() - start,
      isColdStart,
      functionName,
      now: Date.now(),
    }),
  );
  isColdStart = false;
  return answer;
}

interface Answered {
  readonly answer: LambdaAnswer;
  readonly result?: ReviewResult;
}

function answerSafely(event: unknown): Answered {
  try {
    return answerEvent(event);
  } catch (error) {
    log({ level: 'error', message: String(error instanceof Error ? error.stack : error) });
    return { answer: refuse(500, 'internal error') };
  }
}

function answerEvent(event: unknown): Answered {
  const read = readEvent(event);
  if ('status' in read) return { answer: refuse(read.status, read.message) };
  const result = reviewAdmission(read.body, ruleSet);
  if (result.status !== 200) return { answer: refuse(result.status, result.body) };
  return { answer: respond(200, 'application/json', result.body), result };
}

function refuse(status: number, message: string): LambdaAnswer {
  const answer = respond(status, 'text/plain; charset=utf-8', `${message}\n`);
  return status === 405 ? { ...answer, headers: { ...answer.headers, Allow: 'POST' } } : answer;
}

/** Without what comes after a colon: a parser's words can quote the Pod. */
function reasonOf({ statusCode, body }: LambdaAnswer): string {
  return `${statusCode} ${body.split(':', 1)[0]?.trimEnd()}`;
}

function respond(statusCode: number, type: string, body: string): LambdaAnswer {
  return { statusCode, headers: { 'Content-Type': type }, body, isBase64Encoded: false };
}

/** Not console: Lambda's own puts the line into another, and metrics are read from whole lines only. */
function log(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
