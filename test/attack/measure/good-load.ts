/*
 * The good load: a program of its own, which asks as an API server does, at a fixed rate, however
 * long answers take. It is told by messages which phase begins, and reports all phases at the end.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { GoConnections } from './go-connections.ts';
import type { LoadOptions, Phase, PhaseReport } from './messages.ts';

/**
 * One in so many comes on a connection of its own: too few for the 99th percentile, enough to see
 * whether one can be had.
 */
const freshEvery = 200;
/**
 * How long the rate takes to rise to what is asked for, in seconds: each of the first requests
 * needs a connection.
 */
const ramp = 1;
/** What the chart's registration waits, in milliseconds. A review that takes longer is lost. */
const timeout = 3_000;
const headers = { 'content-type': 'application/json' } as const;
const fixtures = 'test/fixtures/admission-reviews';

interface Review {
  readonly before: string;
  readonly after: string;
}

interface Tally {
  lost: number;
  readonly milliseconds: number[];
  readonly reasons: Record<string, number>;
}

/** Bodies that a real API server sent, cut where their uid is. */
function readReviews(): Review[] {
  const files = readdirSync(fixtures).filter((file) => file.endsWith('.json'));
  return files.map((file) => {
    const { review } = JSON.parse(readFileSync(join(fixtures, file), 'utf8'));
    const [before, after] = JSON.stringify(review).split(review.request.uid);
    return { before: before as string, after: after as string };
  });
}

const { url, perSecond } = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const reviews = readReviews();
/**
 * One context for all: Node makes one for each connection otherwise, which costs more than the
 * handshake.
 */
const secureContext = createSecureContext();
const kept = new GoConnections(new URL(url), { secureContext, mostFree: 25 });
/** Connections that serve one request each. */
const fresh = new Agent({
  secureContext,
  rejectUnauthorized: false,
  keepAlive: false,
  maxCachedSessions: 0,
});
const phases: readonly Phase[] = ['warm-up', 'baseline', 'attack', 'after'];
const tallies = new Map<string, Tally>(
  phases.map((name) => [name, { lost: 0, milliseconds: [], reasons: {} }]),
);

/** Sends a review and resolves if it was answered as it should be. */
async function ask({ before, after }: Review, isFresh: boolean): Promise<void> {
  const uid = randomUUID();
  const signal = AbortSignal.timeout(timeout);
  const socket = isFresh ? undefined : await kept.take(signal);
  const way = socket
    ? { createConnection: () => socket, headers: { ...headers, connection: 'keep-alive' } }
    : { agent: fresh, headers };
  const path = `${url}?timeout=${timeout / 1_000}s`;
  const sent = request(path, { method: 'POST', signal, ...way });
  const [status, text] = await send(sent, `${before}${uid}${after}`);
  const isGood = status === 200 && text.includes(`"uid":"${uid}","allowed":true`);
  if (!isGood) throw new Error(`${status} ${text.slice(0, 100)}`);
}

/** Sends a request, and gives the status and the text of its answer. */
function send(sent: ClientRequest, body: string): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve([response.statusCode ?? 0, text]));
    });
    sent.once('error', reject).end(body);
  });
}

async function count(tally: Tally, review: Review, isFresh: boolean): Promise<void> {
  const begun = performance.now();
  try {
    await ask(review, isFresh);
  } catch (error) {
    tally.lost++;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    tally.reasons[reason] = (tally.reasons[reason] ?? 0) + 1;
  }
  tally.milliseconds.push(performance.now() - begun);
}

function report({ lost, milliseconds, reasons }: Tally): PhaseReport {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return {
    answered: sorted.length - lost,
    lost,
    reasons,
    p50: quantile(0.5),
    p99: quantile(0.99),
    longest: sorted.at(-1) ?? 0,
  };
}

let phase = 'warm-up' as Phase | 'end';
process.on('message', (message: Phase | 'end') => {
  phase = message;
});

const answers: Promise<void>[] = [];
const begun = performance.now();
for (let sent = 0; phase !== 'end'; ) {
  const seconds = (performance.now() - begun) / 1_000;
  const due = (seconds - Math.min(ramp, seconds) / 2) * perSecond;
  for (; sent < due; sent++) {
    const tally = tallies.get(phase) as Tally;
    const review = reviews[sent % reviews.length] as Review;
    answers.push(count(tally, review, sent % freshEvery === 1));
  }
  await sleep(1);
}
await Promise.all(answers);
const reports = Object.fromEntries([...tallies].map(([name, tally]) => [name, report(tally)]));
process.send?.(reports, () => process.exit());
