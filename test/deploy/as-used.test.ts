import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import { chart, type Rendered } from './rig/chart.ts';
import { createNamespaces, installFile } from './rig/chart-namespaces.ts';
import { helms, outputOf } from './rig/helm.ts';
import { olderChart } from './rig/older-chart.ts';

/* The chart as people use it over time, with both versions of Helm, at a real API server. */

const kubernetes = new Kubernetes(inject('apiServer'));
const name = 'image-detour';
const place = ['--namespace', name];
const deploymentPath = `/apis/apps/v1/namespaces/${name}/deployments/${name}`;
const secretPath = `/api/v1/namespaces/${name}/secrets/${name}-certificate`;
const registrationPath = `${webhooksPath}/${name}`;
const deployment = async () => (await kubernetes.get<Rendered>(deploymentPath)).spec;

const folder = mkdtempSync(join(tmpdir(), 'detour-as-used-'));
beforeAll(() => createNamespaces(kubernetes));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(helms)('with %s', (version, helm) => {
  const install = (values: object, ...more: readonly string[]) =>
    outputOf(helm(['install', name, chart, ...place, '--values', '-', ...more], values));
  const upgrade = (values: object, ...more: readonly string[]) =>
    outputOf(helm(['upgrade', name, chart, ...place, '--values', '-', ...more], values));
  afterEach(() => void helm(['uninstall', name, ...place]));

  test('an upgrade with --reuse-values from an older version is refused and says what is missing; --reset-then-reuse-values works', () => {
    const { podDisruptionBudget, ...values } = parse(
      readFileSync(join(chart, 'values.yaml'), 'utf8'),
    );
    const older = olderChart(folder, stringify({ ...values, replicas: 3 }));
    outputOf(helm(['install', name, older, ...place, '--set', 'replicas=4']));
    const again = ['upgrade', name, chart, ...place, '--set', 'rules.check=false'];
    const { status, stderr } = helm([...again, '--reuse-values']);
    expect(status).not.toBe(0);
    expect(stderr).toContain("missing property 'podDisruptionBudget'");
    expect(kubectl(['get', 'deployments', ...place, '-o', 'name'])).toBe('');
    outputOf(helm([...again, '--reset-then-reuse-values']));
    expect(kubectl(['get', 'deployments', ...place, '-o', 'jsonpath={..replicas}'])).toBe('4');
  });

  test('turning autoscaling on keeps the replicas, and so does each upgrade after it', async () => {
    const autoscaling = { enabled: true };
    install({ replicas: 4 });
    upgrade({ autoscaling });
    expect((await deployment()).replicas).toBe(4);
    // As the autoscaler does.
    kubectl(['scale', 'deployment', name, ...place, '--replicas', '5']);
    upgrade({ autoscaling, podLabels: { team: 'platform' } });
    expect((await deployment()).replicas).toBe(5);
  });

  test('the strategy follows the number of replicas on the network of the node', async () => {
    const hostNetwork = true;
    install({ hostNetwork, replicas: 2 });
    expect((await deployment()).strategy.type).toBe('RollingUpdate');
    upgrade({ hostNetwork, replicas: 1 });
    expect((await deployment()).strategy).toEqual({ type: 'Recreate' });
    upgrade({ hostNetwork, replicas: 2 });
    expect((await deployment()).strategy.rollingUpdate).toEqual({ maxUnavailable: 1, maxSurge: 0 });
  });

  test('what kubectl apply installed is taken over by the command of install.md, with its certificate and caBundle', async () => {
    kubectl(['apply', '-f', installFile]);
    const certificate = btoa('a certificate');
    await kubernetes.patch(secretPath, { data: { 'tls.crt': certificate } });
    const { webhooks } = await kubernetes.get<Rendered>(registrationPath);
    const clientConfig = { ...webhooks[0].clientConfig, caBundle: btoa(inject('apiServer').ca) };
    await kubernetes.patch(registrationPath, { webhooks: [{ ...webhooks[0], clientConfig }] });

    outputOf(helm(takeOver(version)));
    expect((await deployment()).template.metadata.labels).toHaveProperty(['helm.sh/chart']);
    const { data } = await kubernetes.get<Rendered>(secretPath);
    expect(data['tls.crt']).toBe(certificate);
    const now = await kubernetes.get<Rendered>(registrationPath);
    expect(now.webhooks[0].clientConfig.caBundle).toBe(clientConfig.caBundle);
    upgrade({ replicas: 3, image: { tag: 'next' } });
    const { replicas, template } = await deployment();
    expect([replicas, template.spec.containers[0].image]).toEqual([3, 'image-detour:next']);
  });

  test('what helm template --no-hooks prints has no Pod, and kubectl applies it', () => {
    const args = ['template', name, chart, ...place, '--no-hooks', '--kube-version', '1.36'];
    const manifest = outputOf(helm(args));
    expect(manifest).not.toMatch(/^kind: Pod$/m);
    kubectl(['apply', '--dry-run=server', '-f', '-'], manifest);
  });
});

/** Returns the arguments of the command by which install.md takes over what kubectl installed. */
function takeOver(version: string): string[] {
  const page = readFileSync('docs/install.md', 'utf8').replaceAll('\\\n', ' ');
  const commands = [...page.matchAll(/^# (Helm \d).*\n(helm install .*--take-ownership.*)$/gm)];
  const [, , command = ''] = commands.find(([, each]) => each === version) ?? [];
  const args = command
    .replace(/ --wait|--set-file \S+/g, '')
    .split(/ +/)
    .slice(1);
  const local = args
    .filter((arg) => arg !== '')
    .map((arg) => (arg === 'deploy/chart' ? chart : arg));
  return [...local, '--set', 'rules.check=false'];
}
