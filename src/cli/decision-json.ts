import type { Decision } from '../decision/decide.ts';
import { denialMessage } from '../decision/denial.ts';
import { nodeReference } from '../reference/reference.ts';

/**
 * Describes a decision for JSON; `reference` is the input as a node reads it, normalized. Only a
 * denied image has a `message`.
 */
export function describeDecision(input: string, decision: Decision): object {
  const { image, action, reason, rule } = decision;
  const parsed = nodeReference(input);
  const reference =
    parsed === undefined
      ? null
      : {
          registry: parsed.registry,
          repository: parsed.repository,
          tag: parsed.tag ?? null,
          digest: parsed.digest ?? null,
        };
  return {
    input,
    image,
    action,
    reason,
    rule: rule === undefined ? null : { from: rule.from, line: rule.line },
    reference,
    ...(action === 'deny' && { message: denialMessage(decision) }),
  };
}
