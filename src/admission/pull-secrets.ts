import { podSpecPointers } from '../workload/images.ts';
import type { PodDecision } from './decide-pod.ts';
import type { PatchOperation } from './patch.ts';
import type { Pod } from './request.ts';

/** What rewritten images need to be pulled, added to what the Pod has; nothing is replaced. */
export function addPullSecrets(pod: Pod, rewritten: readonly PodDecision[]): PatchOperation[] {
  // By rule: a Pod may have many more images than the file has rules.
  const rules = new Set(rewritten.map(({ decision }) => decision.rule));
  const wanted = new Set([...rules].flatMap((rule) => rule?.pullSecrets ?? []));
  if (wanted.size === 0) return [];
  const list = (pod.spec as { imagePullSecrets?: unknown } | undefined)?.imagePullSecrets;
  const path = `${podSpecPointers.Pod}/imagePullSecrets`;
  if (!Array.isArray(list)) {
    return [{ op: 'add', path, value: [...wanted].map((name) => ({ name })) }];
  }
  const present = new Set(list.map((item: { name?: unknown } | undefined) => item?.name));
  const missing = [...wanted].filter((name) => !present.has(name));
  return missing.map((name) => ({ op: 'add', path: `${path}/-`, value: { name } }));
}
