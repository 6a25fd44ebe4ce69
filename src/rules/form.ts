import * as v from 'valibot';
import { describe } from './describe.ts';
import type { Locate } from './diagnostic.ts';
import type { DiagnosticList } from './diagnostic-list.ts';
import { type RulesFile, rulesFileSchema } from './schema.ts';

/**
 * Returns `value` if it has the form of a rules file, and adds to `diagnostics` what is wrong with
 * it otherwise.
 */
export function checkForm(
  value: unknown,
  locate: Locate,
  diagnostics: DiagnosticList,
): RulesFile | undefined {
  // Of a list of wrong values two kinds are found for each, and then one is reported.
  const maxIssues = diagnostics.limit * 10;
  const parsed = parse(value, maxIssues);
  if (parsed === undefined) {
    // Stops at the first one.
    const { issues = [] } = v.safeParse(rulesFileSchema, value, { abortEarly: true });
    for (const issue of issues) describe(issue, locate, diagnostics);
    const message = `more than ${maxIssues} values are wrong: only the first is reported`;
    diagnostics.add('error', () => ({ ...locate([]), code: 'more-diagnostics', message }));
    return undefined;
  }
  if (parsed.success) return parsed.output;
  for (const issue of parsed.issues) describe(issue, locate, diagnostics);
  return undefined;
}

/** Returns nothing if there are too many issues: the schema library collects them without end. */
function parse(
  value: unknown,
  maxIssues: number,
): v.SafeParseResult<typeof rulesFileSchema> | undefined {
  let count = 0;
  // Asked for the words of each issue: the only place where their number can be limited.
  const message = (issue: v.BaseIssue<unknown>) => {
    if (++count > maxIssues) throw new TooManyIssues();
    return issue.message;
  };
  try {
    return v.safeParse(rulesFileSchema, value, { message });
  } catch (error) {
    if (error instanceof TooManyIssues) return undefined;
    throw error;
  }
}

class TooManyIssues extends Error {}
