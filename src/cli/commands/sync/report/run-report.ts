import type { Unlisted } from '../../../../mirror/find-unlisted.ts';
import type { Finding } from '../../../../mirror/finding.ts';
import type { Outcome } from '../../../../mirror/outcome.ts';
import type { Summary } from '../summary.ts';

/** RunReport is what became of a run: what the files of `--report` say. */
export interface RunReport {
  /** The path of the rules file. */
  readonly rules: string;
  readonly started: Date;
  readonly ended: Date;
  readonly exitCode: number;
  /** True if the images were written to files: `--to`. */
  readonly isExport: boolean;
  readonly summary: Summary;
  /** In the order of the lists. */
  readonly outcomes: readonly Outcome[];
  readonly findings: readonly Finding[];
  /** What the mirror holds that no list names; undefined if that was not asked for. */
  readonly unlisted: Unlisted | undefined;
}
