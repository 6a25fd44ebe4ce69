import type { LoadReport } from '../cluster/load/report.ts';

/** LossWindow is a time in which admissions may be lost, in milliseconds since 1970. */
export interface LossWindow {
  readonly from: number;
  readonly to: number;
}

/** Outcome is what a drill cost. */
export interface Outcome {
  readonly drill: string;
  readonly seconds: number;
  readonly sent: number;
  /** Admitted, but not with an image that the rules of the time give. */
  readonly wrong: number;
  readonly refused: number;
  /** Right, but after more than a second. */
  readonly slow: number;
  /** For how long something could be lost by what is promised, in seconds. */
  readonly allowed: number;
  /** What was lost outside that time, and what else must not be; empty if it was as promised. */
  readonly faults: readonly string[];
}

interface Expected {
  readonly drill: string;
  /** The image of the load, as it is written. */
  readonly written: string;
  /** What the image of the load may become meanwhile. */
  readonly images: ReadonlySet<string>;
  readonly windows: readonly LossWindow[];
  readonly faults: readonly string[];
  /** How often the API server admitted a Pod without the webhook, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Judges a report of the load by what a drill may cost. */
export function judge(
  { seconds, admissions, fresh }: LoadReport,
  { drill, written, images, windows, faults, reasons }: Expected,
): Outcome {
  const isAllowed = (at: number) => windows.some(({ from, to }) => at >= from && at <= to);
  const lost = (what: string, times: readonly number[]) => {
    const outside = times.filter((at) => !isAllowed(at)).length;
    return outside === 0
      ? []
      : [`${outside} ${what} lost outside of what is promised ${JSON.stringify(reasons)}`];
  };
  const others = Object.entries(admissions.images).filter(
    ([image]) => !images.has(image) && image !== written,
  );
  return {
    drill,
    seconds,
    sent: admissions.sent + fresh.sent,
    wrong:
      admissions.unRewritten +
      fresh.unRewritten +
      others.reduce((sum, [, count]) => sum + count, 0),
    refused: admissions.failed + fresh.failed,
    slow: admissions.late,
    allowed: windows.reduce((sum, { from, to }) => sum + (to - from) / 1_000, 0),
    faults: [
      ...faults,
      ...lost('admissions', admissions.lostAt),
      ...lost('calls on new connections', fresh.lostAt),
      ...others.map(([image, count]) => `${count} became ${image}`),
      ...messagesOf(admissions, 'admissions', windows),
      ...messagesOf(fresh, 'new connections', windows),
    ],
  };
}

/** What went wrong in words, where nothing may. */
function messagesOf(
  { messages }: LoadReport['admissions'],
  what: string,
  windows: readonly LossWindow[],
): string[] {
  if (windows.length > 0) return [];
  return Object.entries(messages).map(([message, count]) => `${what}: ${count} × ${message}`);
}
