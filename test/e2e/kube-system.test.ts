import { readFileSync } from 'node:fs';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { mutatingAdmissionPolicy } from '../../src/target/map.ts';
import { validatingAdmissionPolicy } from '../../src/target/vap.ts';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { deploy } from '../rig/registration.ts';
import { applyTo, compile, rulesOf } from './rig/policy.ts';

/* Without the option, kube-system is left alone: registration.test.ts and policy.test.ts. */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const written = 'k8s.gcr.io/pause:3.1';
const mirrored = `${defaultMirror}/gcr/google_containers/pause:3.1`;
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('with-kube-system');
});

const createIn = async (where: string) =>
  imageOf(await kubernetes.createPod(where, podWith(written, 'for-kube-system'), { dryRun: true }));

test('with --include-kube-system, the webhook rewrites Pods there', async () => {
  const { undeploy } = await deploy(kubernetes, { registration: ['--include-kube-system'] });
  onTestFinished(undeploy);
  expect(await createIn('kube-system')).toBe(mirrored);
  expect(await createIn(namespace)).toBe(mirrored);
  expect(seenByDaemonSets()).toBe(mirrored);
});

/** Runs the command by which docs/platforms.md asks whether a platform skips webhooks there. */
function seenByDaemonSets(): string {
  const [, command = ''] =
    /^kubectl (run image-detour-test --namespace kube-system .*\\\n.*)$/m.exec(
      readFileSync('docs/platforms.md', 'utf8'),
    ) ?? [];
  const args = command.replaceAll(/\\\n|'/g, '').split(/\s+/);
  return kubectl(args.map((arg) => arg.replace('k8s.gcr.io/coredns:1.3.1', written))).trim();
}

test('also with Fail, and while nobody answers Pods are refused, but not in kube-system', async () => {
  const registration = ['--include-kube-system', '--failure-policy', 'Fail'];
  const { detour, undeploy } = await deploy(kubernetes, { registration });
  onTestFinished(undeploy);
  expect(await createIn('kube-system')).toBe(mirrored);
  expect(await createIn(namespace)).toBe(mirrored);
  await detour.process.stop('SIGKILL');
  expect(await createIn('kube-system')).toBe(written);
  await expect(createIn(namespace)).rejects.toThrow('failed calling webhook "pods.image-detour');
});

test('with --include-kube-system, the policies are for Pods there', async () => {
  const rules = rulesOf(defaultRulesText);
  const enforce = (target: typeof mutatingAdmissionPolicy, includeKubeSystem: boolean) => {
    const text = compile(target, rules, { includeKubeSystem });
    applyTo(server, 'apply', text);
    onTestFinished(() => applyTo(server, 'delete', text));
  };
  // Until the mutating policy is in force, the validating one refuses what is written.
  const isRewritten = (where: string) =>
    createIn(where).then(
      (image) => image === mirrored,
      () => false,
    );
  const elsewhere = 'nowhere.example/x';
  const isRefused = (where: string) =>
    kubernetes.createPod(where, podWith(elsewhere, 'from-elsewhere'), { dryRun: true }).then(
      () => false,
      ({ message }: Error) => message.includes(elsewhere),
    );
  onTestFinished(async () => {
    await until('no image is refused', async () => !(await isRefused(namespace)));
    await until('no image is rewritten', async () => !(await isRewritten(namespace)));
  });
  enforce(mutatingAdmissionPolicy, false);
  enforce(validatingAdmissionPolicy, false);
  await until('the policies are in force', () => isRefused(namespace));
  await until('images are rewritten', () => isRewritten(namespace));
  expect(await createIn('kube-system')).toBe(written);
  expect(await isRefused('kube-system')).toBe(false);
  enforce(mutatingAdmissionPolicy, true);
  enforce(validatingAdmissionPolicy, true);
  await until('Pods of kube-system are judged', () => isRefused('kube-system'));
  await until('and rewritten', () => isRewritten('kube-system'));
});
