/** Formats the table that is printed, in Markdown. */
import { quantile } from '../admission/statistics.js';

/** The head of the table. */
export const heading = [
  '| rules | containers | what | CPU, ms a create | of none | of the floor | of the webhook | p50, ms | p99, ms |',
  '| ----- | ---------- | ---- | ---------------- | ------- | ------------ | -------------- | ------- | ------- |',
].join('\n');

/** Returns a line for each case that was measured with these rules and containers. */
export function formatCase(rules, containers, measured) {
  const cpuOf = (kind) => measured.find((each) => each.kind === kind).cpu;
  return measured.map(({ kind, cpu, times }) => {
    const ratios = ['none', 'floor', 'webhook'].map((other) => (cpu / cpuOf(other)).toFixed(2));
    const sorted = times.toSorted((a, b) => a - b);
    const latency = [0.5, 0.99].map((share) => quantile(sorted, share).toFixed(1));
    return `| ${[rules, containers, kind, cpu.toFixed(2), ...ratios, ...latency].join(' | ')} |`;
  });
}

/** Returns the line that says how many containers are rewritten. */
export function formatLimit(rules, { usual, longest }) {
  return `With ${rules} rules, the policy rewrites Pods of ${usual} containers, of ${longest} if images are as long as they can be.`;
}
