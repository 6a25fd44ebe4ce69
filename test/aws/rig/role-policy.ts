/** Statement is one of a policy that allows something. */
interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/** Policy is the JSON of an IAM policy. */
export interface Policy {
  readonly Statement: readonly Statement[];
}

const listOf = (value: string | readonly string[]) => [value].flat();

/** Reports whether a pattern of IAM, with its wildcards, matches. */
function matches(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) =>
    sign === '*' ? '.*' : sign === '?' ? '.' : `\\${sign}`,
  );
  return new RegExp(`^${source}$`, 'is').test(text);
}

/**
 * Reports whether policies allow an action on a resource, as IAM evaluates statements that allow.
 * Conditions are taken for met.
 */
export function allows(policies: readonly Policy[], action: string, resource: string): boolean {
  return policies
    .flatMap(({ Statement }) => Statement)
    .some(
      ({ Effect, Action, Resource }) =>
        Effect === 'Allow' &&
        listOf(Action).some((each) => matches(each, action)) &&
        listOf(Resource).some((each) => matches(each, resource)),
    );
}
