import { formatDiagnostic } from '../../rules/diagnostic.ts';
import { loadNamespaceRules, mayAddRules } from '../../rules/namespace-rules.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { fileSource } from '../../rules-source/file.ts';
import { UsageError } from '../terminal.ts';

/** NamespaceRulesOptions are the options of commands that decide for one namespace. */
export interface NamespaceRulesOptions {
  readonly namespace: string;
  readonly namespaceRules?: string;
}

/**
 * Reads the rules that the namespace adds for itself; undefined if no file is given. Throws
 * UsageError if the webhook would not use them.
 */
export async function readNamespaceRules(
  { namespace, namespaceRules: file }: NamespaceRulesOptions,
  cluster: RuleSet,
): Promise<RuleSet | undefined> {
  if (file === undefined) return undefined;
  if (!mayAddRules(cluster, namespace)) {
    throw new UsageError(
      `the rules file does not let namespace ${namespace} add rules: remove --namespace-rules, or change namespaceRules in the rules file`,
    );
  }
  const text = await fileSource(file)
    .read()
    .catch((error: Error) => {
      throw new UsageError(`the rules of the namespace cannot be read: ${error.message}`);
    });
  const { ruleSet, diagnostics } = loadNamespaceRules(text ?? '', cluster);
  if (ruleSet !== undefined) return ruleSet;
  const lines = diagnostics.map((diagnostic) => formatDiagnostic(file, diagnostic));
  throw new UsageError(`the rules of the namespace are broken:\n${lines.join('\n')}`);
}
