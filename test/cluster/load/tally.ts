import type { Count, Second } from './report.ts';

const late = 1_000;
const keptMessages = 10;

/** Counts what becomes of admissions. */
export class Tally {
  readonly #written: string;
  readonly #begun = performance.now();
  readonly #seconds: { -readonly [key in keyof Second]: number }[] = [];
  readonly #milliseconds: number[] = [];
  readonly #images: Record<string, number> = {};
  readonly #messages: Record<string, number> = {};
  readonly #lostAt: number[] = [];

  constructor(written: string) {
    this.#written = written;
  }

  /** Runs one admission, which gives the image that came out. */
  async count(admit: () => Promise<string>): Promise<void> {
    const begun = performance.now();
    const second = this.#secondOf(begun);
    second.sent++;
    try {
      const image = await admit();
      add(this.#images, image);
      if (image === this.#written) {
        second.unRewritten++;
        this.#lostAt.push(Date.now());
      }
    } catch (error) {
      second.failed++;
      this.#lostAt.push(Date.now());
      const message = String(error);
      if (message in this.#messages || Object.keys(this.#messages).length < keptMessages) {
        add(this.#messages, message);
      }
    }
    this.#milliseconds.push(performance.now() - begun);
  }

  report(): Count {
    const sum = (key: keyof Second) => this.#seconds.reduce((all, each) => all + each[key], 0);
    const sorted = this.#milliseconds.toSorted((a, b) => a - b);
    const quantile = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
    return {
      sent: sum('sent'),
      failed: sum('failed'),
      unRewritten: sum('unRewritten'),
      late: sorted.filter((milliseconds) => milliseconds > late).length,
      p50: quantile(0.5),
      p99: quantile(0.99),
      longest: Math.round(sorted.at(-1) ?? 0),
      messages: this.#messages,
      images: this.#images,
      perSecond: this.#seconds,
      lostAt: this.#lostAt,
    };
  }

  #secondOf(time: number): { -readonly [key in keyof Second]: number } {
    const index = Math.floor((time - this.#begun) / 1_000);
    while (this.#seconds.length <= index) {
      this.#seconds.push({ sent: 0, failed: 0, unRewritten: 0 });
    }
    // biome-ignore lint/style/noNonNullAssertion: it was just made
    return this.#seconds[index]!;
  }
}

/** Counts one more under a key. */
export function add(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
