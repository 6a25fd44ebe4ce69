import type { MirrorEvent } from '../../../mirror/mirror-event.ts';
import type { PlannedImage } from '../../../mirror/plan.ts';
import { type Progress, ProgressCount } from './progress.ts';
import { betweenDraws, clearLine } from './redrawn-line.ts';
import { formatBytes, formatTime } from './text.ts';

const defaultColumns = 80;

/** LiveLine shows at the bottom of a terminal how far a run is. */
export class LiveLine {
  readonly #stdout: NodeJS.WriteStream;
  readonly #progress: ProgressCount;
  readonly #timer: NodeJS.Timeout;

  constructor(stdout: NodeJS.WriteStream, images: readonly PlannedImage[]) {
    this.#stdout = stdout;
    this.#progress = new ProgressCount(images);
    this.#timer = setInterval(() => this.draw(), betweenDraws);
  }

  note(event: MirrorEvent): void {
    this.#progress.note(event, performance.now());
  }

  draw(): void {
    const text = formatProgress(this.#progress.at(performance.now()));
    // A line that wraps could not be cleared.
    const columns = Math.max(1, (this.#stdout.columns ?? defaultColumns) - 1);
    this.#stdout.write(clearLine + text.slice(0, columns));
  }

  clear(): void {
    this.#stdout.write(clearLine);
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }
}

/** Formats `12/61 images, 340 MiB, 25 MiB/s, 3 min left: nginx:1.27, redis:7`. */
export function formatProgress({ done, total, bytes, rate, left, running }: Progress): string {
  const parts = [
    `${done}/${total} images`,
    formatBytes(bytes),
    ...(rate > 0 ? [`${formatBytes(rate)}/s`] : []),
    ...(left === undefined ? [] : [`${formatTime(left)} left`]),
  ];
  return parts.join(', ') + (running.length === 0 ? '' : `: ${running.join(', ')}`);
}
