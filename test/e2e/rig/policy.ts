import { execFileSync } from 'node:child_process';
import { parseAllDocuments, stringify } from 'yaml';
import { loadRules } from '../../../src/rules/load.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { defaultSettings, type TargetOptions } from '../../../src/target/contract/options.ts';
import type { Target } from '../../../src/target/contract/target.ts';
import { mutatingAdmissionPolicy } from '../../../src/target/map.ts';
import { validatingAdmissionPolicy } from '../../../src/target/vap.ts';
import { type ApiError, type ApiServer, Kubernetes } from '../../rig/kubernetes.ts';
import { podWith } from '../../rig/kubernetes-object.ts';
import { until } from '../../rig/process.ts';

const options: TargetOptions = { ...defaultSettings, name: 'e2e' };

/** Loads a rules file, given as text or as its value; throws its diagnostics if it is not valid. */
export function rulesOf(file: object | string): RuleSet {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  const { ruleSet, diagnostics } = loadRules(text);
  if (ruleSet === undefined) throw new Error(JSON.stringify(diagnostics));
  return ruleSet;
}

/** Compiles as `--lossy` does: whatever the target cannot say. */
export function compile(
  target: Target,
  ruleSet: RuleSet,
  edit: Partial<TargetOptions> = {},
): string {
  return target.compile(ruleSet, { ...options, ...edit }).documents[0]?.text ?? '';
}

/** Applies objects to an API server, or deletes them, by the real kubectl. */
export function applyTo(
  { kubectl, kubeconfig }: ApiServer,
  verb: 'apply' | 'delete',
  text: string,
): void {
  const args = verb === 'apply' ? ['--server-side', '--force-conflicts'] : ['--ignore-not-found'];
  execFileSync(kubectl, ['--kubeconfig', kubeconfig, verb, ...args, '-f', '-'], { input: text });
}

let generation = 0;

/**
 * Has a Pod called `probe` tell which policy made it; errors in the policy's CEL are not forgiven.
 */
function withProbe(text: string, label: string): string {
  const [policy, ...others] = parseAllDocuments(text).map((document) => document.toJS());
  policy.spec.failurePolicy = 'Fail';
  policy.spec.mutations.push({
    patchType: 'JSONPatch',
    jsonPatch: {
      expression: `object.metadata.?name.orValue("") == "probe" ? [JSONPatch{op: "add", path: "/metadata/labels", value: {"policy": "${label}"}}] : []`,
    },
  });
  return [policy, ...others].map((each) => stringify(each)).join('---\n');
}

async function labelOfProbe(client: Kubernetes): Promise<string | undefined> {
  const pod = await client.createPod('default', podWith('x', 'probe'), { dryRun: true });
  return pod.metadata.labels?.policy;
}

/** Returns when the mutating policy is in force, and gives what ends that. */
export async function mutate(
  server: ApiServer,
  ruleSet: RuleSet,
  edit: Partial<TargetOptions> = {},
): Promise<() => Promise<void>> {
  generation += 1;
  const label = `g${generation}`;
  const client = new Kubernetes(server);
  const text = withProbe(compile(mutatingAdmissionPolicy, ruleSet, edit), label);
  applyTo(server, 'apply', text);
  await until('the policy is in force', async () => {
    const found = await labelOfProbe(client).catch(() => undefined);
    return found === label;
  });
  return async () => {
    applyTo(server, 'delete', text);
    await until('the policy is gone', async () => {
      const found = await labelOfProbe(client).catch(() => 'failed');
      return found === undefined;
    });
  };
}

/** No rule of any test is for this one. */
const unknownImage = 'nowhere.example/x';

/**
 * Returns when the validating policy refuses what is not in the mirror, or at once if it only
 * warns; gives what ends that.
 */
export async function enforce(
  server: ApiServer,
  ruleSet: RuleSet,
  mode: 'deny' | 'warn' = 'deny',
): Promise<() => Promise<void>> {
  const kubernetes = new Kubernetes(server);
  const text = compile(validatingAdmissionPolicy, ruleSet, { mode });
  const isRefused = () =>
    kubernetes.createPod('default', podWith(unknownImage), { dryRun: true }).then(
      () => false,
      ({ status }: ApiError) => status === 422 || status === 403,
    );
  applyTo(server, 'apply', text);
  const end = async () => {
    applyTo(server, 'delete', text);
    await until('the policy is gone', async () => !(await isRefused()));
  };
  if (mode === 'warn') return end;
  await until('the policy refuses', isRefused).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return end;
}
