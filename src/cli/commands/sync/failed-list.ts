import { isThere } from '../../../mirror/outcome.ts';
import type { RunReport } from './report/run-report.ts';

/**
 * Formats the images that were not copied as a list that `--list` takes: each as it was listed,
 * below the reason. What only a change of the rules or of the list can help is not in it.
 */
export function formatFailed({
  outcomes,
  findings,
}: Pick<RunReport, 'outcomes' | 'findings'>): string {
  const failed = new Map<string, string>();
  for (const outcome of outcomes) {
    if (isThere(outcome)) continue;
    const reason = outcome.message ?? outcome.status;
    for (const { image } of outcome.planned.listed) failed.set(image, reason);
  }
  for (const { code, image, message } of findings)
    if (code === 'no-tags') failed.set(image, message);
  const lines = [...failed].map(([image, reason]) => `# ${oneLine(reason)}\n${image}\n`);
  return `# Images that detour sync did not copy: ${failed.size}\n${lines.join('')}`;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
