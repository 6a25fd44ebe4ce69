import { systemNamespace } from '../../workload/opt-out.ts';
import { UsageError } from '../terminal.ts';
import { requireName } from './kubernetes-name.ts';

/** The options that say which namespaces are left out. */
interface Given {
  readonly includeKubeSystem?: boolean;
  readonly excludeNamespace?: readonly string[];
}

/** Checks the namespaces of `--exclude-namespace`, and returns them. */
export function readExcludedNamespaces(given: Given): readonly string[] {
  const { includeKubeSystem, excludeNamespace = [] } = given;
  const names = excludeNamespace.map((name) => requireName('--exclude-namespace', name));
  if (includeKubeSystem && names.includes(systemNamespace))
    throw new UsageError(
      'use only one of --include-kube-system and --exclude-namespace kube-system',
    );
  return names;
}
