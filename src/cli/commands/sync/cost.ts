import { formatLeft } from '../../../mirror/pull-budget.ts';
import type { Pulls } from '../../../mirror/pulls.ts';
import { formatCount } from '../../counted.ts';

/** Cost is how many requests a plan took, and how many pulls copying will take. */
export interface Cost {
  /** Requests that were sent to make the plan. */
  readonly requests: number;
  /** Undefined if nothing is copied from Docker Hub. */
  readonly pulls: Pulls | undefined;
}

/** Formats what a plan costs. */
export function costLine({ requests, pulls }: Cost): string {
  const made = `${formatCount(requests, 'request')} so far`;
  return `${made}${pulls === undefined ? '' : `; ${formatPulls(pulls)}`}\n`;
}

function formatPulls({ needed, isEstimate, left }: Pulls): string {
  const about = isEstimate ? 'about ' : '';
  const pulls = `copying takes ${about}${formatCount(needed, 'pull')} from Docker Hub`;
  if (left === undefined) return `${pulls}, which names no limit`;
  const until = left.until === undefined ? '' : `, until ${left.until.toISOString()} at the latest`;
  const known = `${pulls}, and ${formatLeft(left)} are left${until}`;
  return needed <= left.remaining
    ? known
    : `${known}: the rest waits for another run, unless you log in to an account that may pull more (docker login)`;
}

/** Returns the record of what a plan costs. */
export function costRecord({ requests, pulls }: Cost): object {
  if (pulls === undefined) return { requests };
  const { needed, isEstimate, left } = pulls;
  return {
    requests,
    pulls: {
      registry: 'docker.io',
      needed,
      isEstimate,
      left: left?.remaining,
      limit: left?.limit,
      until: left?.until?.toISOString(),
    },
  };
}
