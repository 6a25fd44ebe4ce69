import { onTestFinished } from 'vitest';
import type { Kubernetes } from '../../rig/kubernetes.ts';
import { imageOf, podWith } from '../../rig/kubernetes-object.ts';

/** Outcome is what went wrong with one request; undefined if nothing did. */
export type Outcome = string | undefined;

interface LoadReport {
  readonly sent: number;
  /** How often each thing went wrong. */
  readonly wrong: Readonly<Record<string, number>>;
}

/** Load is a load that runs until it is stopped. */
export interface Load {
  /** Sends no more, waits for every answer and reports. */
  stop(): Promise<LoadReport>;
}

/**
 * Sends at a steady rate, as users of a cluster do, until it is stopped or its test is finished.
 * While as many as of two seconds wait for an answer it sends no more: where the machine is too
 * slow, each would wait longer than the one before, and the test's own questions behind them.
 */
export function startLoad(perSecond: number, send: () => Promise<Outcome>): Load {
  const answers: Promise<Outcome>[] = [];
  let waiting = 0;
  const sendOne = async () => {
    waiting += 1;
    try {
      return await send();
    } finally {
      waiting -= 1;
    }
  };
  const begun = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1_000) * perSecond;
    while (answers.length < due && waiting < 2 * perSecond) answers.push(sendOne());
  }, 5);
  const end = () => clearInterval(timer);
  onTestFinished(end);
  return {
    async stop() {
      end();
      const outcomes = await Promise.all(answers);
      return { sent: outcomes.length, wrong: countWrong(outcomes) };
    },
  };
}

/** Counts how often each thing went wrong. */
export function countWrong(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    if (outcome !== undefined) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Creates a Pod (server dry run) and looks whether it got one of the images that it may get. */
export function admit(
  kubernetes: Kubernetes,
  namespace: string,
  image: string,
  expected: readonly string[],
): () => Promise<Outcome> {
  return async () => {
    try {
      const pod = await kubernetes.createPod(namespace, podWith(image), { dryRun: true });
      const stored = imageOf(pod) ?? '';
      return expected.includes(stored) ? undefined : `stored ${stored}`;
    } catch (error) {
      return String(error);
    }
  };
}
