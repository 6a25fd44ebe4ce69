import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import { messageOf } from '../messages/diagnostic-text.ts';
import { t } from '../messages/messages.ts';
import { translate } from '../messages/sentences.ts';
import { More } from './more.tsx';

interface ProblemListProps {
  readonly problems: readonly Diagnostic[];
  /** The most that are shown: nobody reads more at once. */
  readonly limit: number;
  /** Goes to where a problem is. */
  readonly go: (problem: Diagnostic) => void;
}

/** Lists problems of a text in words. Each is a button that goes to its place. */
export function ProblemList({ problems, limit, go }: ProblemListProps) {
  const texts = t.value;
  return (
    <>
      <ul>
        {problems.slice(0, limit).map((problem) => (
          <li key={`${problem.line}:${problem.column} ${problem.message}`}>
            <button type="button" class={problem.severity} onClick={() => go(problem)}>
              <span class="severity">{texts.severities[problem.severity]}</span>
              <span class="where">
                {problem.line}:{problem.column}
              </span>
              <span>
                {problem.file !== undefined && <code>{problem.file} </code>}
                {messageOf(problem, texts, translate.value)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <More count={problems.length - limit} />
    </>
  );
}
