import { add } from '../cluster/load/tally.ts';

/*
 * Why the API server admitted Pods without the webhook, by its own log: with failurePolicy Ignore
 * nothing else says it.
 */

const line = /Failed calling webhook, failing open pods\.image-detour\.io: .*: ([^:"\n]+)"?$/gm;

/** Counts the reasons in a part of the API server's log. */
export function failOpenReasons(log: string): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const [, reason = ''] of log.matchAll(line)) add(reasons, reason.trim());
  return reasons;
}
