import type { Finding } from '../../../mirror/finding.ts';
import type { MirrorEvent } from '../../../mirror/mirror-event.ts';
import { isThere, type Outcome } from '../../../mirror/outcome.ts';
import type { Plan } from '../../../mirror/plan.ts';
import { findingRecord, outcomeRecord } from './records.ts';
import { countStates, isLack } from './summary.ts';

/** How often `--json` says how far a run is, in milliseconds. */
const interval = 10_000;

/**
 * ProgressRecords says from time to time how far a run is, and at its end what is not there, so that
 * who reads only the end of a log knows both.
 */
export class ProgressRecords {
  readonly #total: number;
  readonly #outcomes: Outcome[] = [];
  readonly #findings: readonly Finding[];
  #last: number;

  constructor({ images, findings }: Plan, time: number) {
    this.#total = images.length;
    this.#findings = findings.filter(isLack);
    this.#last = time;
  }

  /** Takes note of an event at a time in milliseconds. Returns a record if one is due. */
  note(event: MirrorEvent, time: number): object | undefined {
    if (event.type === 'finished') this.#outcomes.push(event.outcome);
    if (time - this.#last < interval) return undefined;
    this.#last = time;
    const findings = this.#findings.length;
    return { event: 'progress', images: this.#total, ...countStates(this.#outcomes), findings };
  }

  /** Returns a record for each image that is not there. */
  *failures(): Generator<object, void> {
    for (const outcome of this.#outcomes)
      if (!isThere(outcome)) yield { event: 'failure', ...outcomeRecord(outcome) };
    for (const finding of this.#findings) yield { event: 'failure', ...findingRecord(finding) };
  }
}
