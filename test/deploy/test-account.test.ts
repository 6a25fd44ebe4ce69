import { beforeAll, describe, expect, inject, test } from 'vitest';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { all, one, type Rendered, renderTest } from './rig/chart.ts';
import { createNamespaces } from './rig/chart-namespaces.ts';

/* The account of `helm test` at a real API server: it may create one Pod, in dry runs. */

const kubernetes = new Kubernetes(inject('apiServer'));
const as = ['--as', 'system:serviceaccount:image-detour:image-detour-test'];
const weight = ({ metadata }: Rendered) => Number(metadata.annotations?.['helm.sh/hook-weight']);
const hooks = renderTest().toSorted((a, b) => weight(a) - weight(b));
const kindsOf = (objects: readonly Rendered[]) => objects.map(({ kind }) => kind);

beforeAll(async () => {
  await createNamespaces(kubernetes);
  const items = hooks.filter(({ kind }) => kind !== 'Pod');
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  kubectl(['apply', '-f', '-'], list);
  await until('the policy is in force', async () => {
    const refused = await refusal('of-another-name', '--dry-run=server');
    return refused.includes('ValidatingAdmissionPolicy');
  });
  return () => kubectl(['delete', '-f', '-'], list);
});

/** Creates a Pod as the account; gives the API server's refusal, empty if it admits the Pod. */
async function refusal(name: string, ...args: readonly string[]): Promise<string> {
  try {
    kubectl(['create', ...args, ...as, '-f', '-'], JSON.stringify(podWith('busybox', name)));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('its policy comes before its rights, and its account goes first', () => {
  const kinds = kindsOf(hooks);
  expect(kinds.toSpliced(2).toSorted()).toEqual(['NetworkPolicy', 'ServiceAccount']);
  expect(kinds.slice(2)).toEqual([
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'ClusterRole',
    'Role',
    'ClusterRoleBinding',
    'RoleBinding',
    'Pod',
  ]);
});

describe('the account of helm test', () => {
  test('may create the Pod of the test in a dry run', async () => {
    expect(await refusal('image-detour-test-dry-run', '--dry-run=server')).toBe('');
  });

  test('may not create it for good', async () => {
    expect(await refusal('image-detour-test-dry-run')).toMatch(/may create Pods in dry runs only/);
  });

  test('may not create another Pod, or one elsewhere', async () => {
    expect(await refusal('another', '--dry-run=server')).toMatch(/may create one Pod only/);
    const elsewhere = ['--namespace', 'kube-system', '--dry-run=server'];
    expect(await refusal('image-detour-test-dry-run', ...elsewhere)).toMatch(
      /cannot create resource/,
    );
  });

  test('may do nothing else, except read the one registration and the one namespace', () => {
    const list = ['auth', 'can-i', '--list', '--no-headers', '--namespace', 'default'];
    const granted = (...who: readonly string[]) =>
      kubectl([...list, ...who])
        .split('\n')
        .map((line) => line.replace(/\s+(\[\]\s+)?/g, ' ').trim());
    const anybody = granted('--as', 'system:serviceaccount:default:nobody-in-particular');
    expect(
      granted(...as)
        .filter((line) => !anybody.includes(line))
        .toSorted(),
    ).toEqual([
      'mutatingwebhookconfigurations.admissionregistration.k8s.io [image-detour] [get]',
      'namespaces [default] [get]',
      'pods [] [create]',
    ]);
  });

  test('does not limit others', () => {
    kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(podWith('busybox')));
  });
});

test('without policies, before Kubernetes 1.30, the account gets no right, and the Pod says so', () => {
  const objects = renderTest({}, { args: ['--kube-version', '1.29'] });
  expect(kindsOf(objects).toSorted()).toEqual(['NetworkPolicy', 'Pod', 'ServiceAccount']);
  const { spec } = one(objects, 'Pod');
  expect(spec.automountServiceAccountToken).toBe(false);
  expect(spec.containers[0].env).toContainEqual({ name: 'MAY_CREATE', value: '' });
});

test('if somebody else registers the webhook, the account reads no registration', () => {
  expect(all(renderTest({ webhook: { create: false } }), 'ClusterRole')).toEqual([]);
});

test('its Pod may call the API server where Pods may not call by default', () => {
  const policy = one(renderTest(), 'NetworkPolicy');
  expect(one(hooks, 'Pod').metadata.labels).toMatchObject(policy.spec.podSelector.matchLabels);
  expect(policy.spec.egress).toEqual([{ ports: [{ port: 443 }, { port: 6443 }] }]);
  expect(renderTest({ networkPolicy: { enabled: false } }).map(({ kind }) => kind)).not.toContain(
    'NetworkPolicy',
  );
});
