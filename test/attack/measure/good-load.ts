/*
 * The good load: a program of its own, which asks as an API server does, at a fixed rate, however long answers take. It is told
 * by messages which phase begins, and reports all phases at the end.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import type { LoadOptions, Phase, PhaseReport } from './messages.ts';

/** One in so many comes on a connection of its own: too few for the 99th percentile, enough to see whether one can be had. */
const freshEvery = 200;
/** More than that at once are only in each other's way. */
const maxConnections = 256;
/** How long the rate takes to rise to what is asked for, in seconds: each of the first requests needs a connection. */
const ramp = 1;
/** What the chart's registration waits, in milliseconds. A review that takes longer is lost. */
const timeout = 3_000;
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
/** One context for all: Node makes one for each connection otherwise, which costs more than the handshake. */
const tls = {
  rejectUnauthorized: false,
  secureContext: createSecureContext(),
  maxCachedSessions: 0,
};
/** As Go's transport: the connection that was used last is used first, and some are kept. */
const kept = new Agent({
  ...tls,
  keepAlive: true,
  scheduling: 'lifo',
  maxSockets: maxConnections,
  maxFreeSockets: 25,
});
const fresh = new Agent({ ...tls, keepAlive: false });
const tallies = new Map<string, Tally>();

/** Sends a review and resolves if it was answered as it should be. */
function ask({ before, after }: Review, agent: Agent): Promise<void> {
  const uid = randomUUID();
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}?timeout=${timeout / 1_000}s`,
      {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(timeout),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject).once('end', () => {
          const isGood =
            response.statusCode === 200 && text.includes(`"uid":"${uid}","allowed":true`);
          if (isGood) resolve();
          else reject(new Error(`${response.statusCode} ${text.slice(0, 100)}`));
        });
      },
    );
    sent.once('error', reject).end(`${before}${uid}${after}`);
  });
}

async function count(tally: Tally, review: Review, agent: Agent): Promise<void> {
  const begun = performance.now();
  try {
    await ask(review, agent);
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
    const tally = tallies.get(phase) ?? { lost: 0, milliseconds: [], reasons: {} };
    tallies.set(phase, tally);
    const agent = sent % freshEvery === 1 ? fresh : kept;
    answers.push(count(tally, reviews[sent % reviews.length] as Review, agent));
  }
  await sleep(1);
}
await Promise.all(answers);
const reports = Object.fromEntries([...tallies].map(([name, tally]) => [name, report(tally)]));
process.send?.(reports, () => process.exit());
