import type { Decision } from '../decision/decide.ts';
import { nodeReference } from '../reference/reference.ts';

/** Formats a decision as JSON; `reference` is the input as a node reads it, normalized. */
export function formatDecision(input: string, { image, action, reason, rule }: Decision): string {
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
  return JSON.stringify({
    input,
    image,
    action,
    reason,
    rule: rule === undefined ? null : { from: rule.from, line: rule.line },
    reference,
  });
}
