import { isMapping } from '../../../../rules/is-mapping.ts';
import type { Failure } from '../report/termination-message.ts';
import type { Summary } from '../summary.ts';

/** RunCounts is how far the run of a shard is. */
export type RunCounts = Pick<
  Summary,
  'images' | 'copied' | 'present' | 'failed' | 'left' | 'findings'
>;

/** RunEvidence is what a run left about itself, in its log or in its termination message. */
export interface RunEvidence {
  /** Undefined as long as the registries are asked. */
  readonly counts: RunCounts | undefined;
  readonly failures: readonly Failure[];
  /** True if there are more failures. */
  readonly hasMore: boolean;
  /** Why the run did not begin. */
  readonly error?: string | undefined;
}

const states = { copied: 'copied', present: 'present', failed: 'failed' } as const;

/** RunLog reads the events that `detour sync --json` prints, from any line on. */
export class RunLog {
  #counts: RunCounts | undefined;
  readonly #failures = new Map<string, Failure>();

  /** Takes note of a line; one that is not an event is passed over. */
  note(line: string): void {
    const record = parse(line);
    switch (record?.event) {
      case 'plan':
        this.#counts = { ...countsOf({}), images: sum(record, 'copy', 'nothing', 'impossible') };
        return;
      case 'progress':
      case 'summary':
        this.#counts = countsOf(record);
        return;
      case 'finished':
        this.#finish(record);
        return;
      case 'failure':
        this.#fail(record);
        return;
      default:
    }
  }

  get evidence(): RunEvidence {
    const counts = this.#counts;
    const failures = [...this.#failures.values()];
    const all = counts === undefined ? 0 : counts.failed + counts.left + counts.findings;
    return { counts, failures, hasMore: failures.length < all };
  }

  #finish(record: Mapping): void {
    const { status } = record;
    if (this.#counts !== undefined) {
      const name = states[status as keyof typeof states] ?? 'left';
      this.#counts = { ...this.#counts, [name]: this.#counts[name] + 1 };
    }
    if (status !== 'copied' && status !== 'present') this.#fail(record);
  }

  #fail(record: Mapping): void {
    const { destination, message, status, image } = record;
    const [listed] = Array.isArray(record.listed) ? record.listed : [];
    const name = textOf(image ?? (isMapping(listed) ? listed.image : undefined));
    const key = textOf(destination ?? `${name} ${textOf(record.place)}`);
    this.#failures.set(key, { image: name, message: textOf(message ?? status) });
  }
}

/** Reads a termination message; undefined if it is not one of `detour sync`. */
export function readTerminationMessage(text: string): RunEvidence | undefined {
  const message = parse(text);
  if (message?.detour === undefined) return undefined;
  const { summary, failures, more, error } = message;
  const found = Array.isArray(failures) ? failures.filter(isMapping) : [];
  return {
    counts: isMapping(summary) ? countsOf(summary) : undefined,
    failures: found.map(({ image, message }) => ({
      image: textOf(image),
      message: textOf(message),
    })),
    hasMore: more === true,
    error: error === undefined ? undefined : textOf(error),
  };
}

type Mapping = Readonly<Record<string, unknown>>;

function parse(text: string): Mapping | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function countsOf(record: Mapping): RunCounts {
  return {
    images: sum(record, 'images'),
    copied: sum(record, 'copied'),
    present: sum(record, 'present'),
    failed: sum(record, 'failed'),
    left: sum(record, 'left'),
    findings: sum(record, 'findings'),
  };
}

function sum(record: Mapping, ...names: readonly string[]): number {
  const values = names.map((name) => record[name]);
  return values.reduce<number>((all, one) => all + (typeof one === 'number' ? one : 0), 0);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
