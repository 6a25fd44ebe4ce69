import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { scratchFolder, writeScratch } from '../rig/files.ts';
import { kubectl, kubectlWarnings } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { until } from '../rig/process.ts';
import {
  all,
  named,
  one,
  type Rendered,
  render,
  renderTest,
  run,
  template,
  tool,
} from './rig/chart.ts';
import { createNamespaces } from './rig/chart-namespaces.ts';
import { type OpenApi, schemaLocation, writeJsonSchemas } from './rig/json-schemas.ts';
import { variants } from './rig/variants.ts';

const definitions = {
  PodMonitor: 'monitoring.coreos.com_podmonitors.yaml',
  PrometheusRule: 'monitoring.coreos.com_prometheusrules.yaml',
  ServiceMonitor: 'monitoring.coreos.com_servicemonitors.yaml',
  Certificate: 'cert-manager.io_certificates.yaml',
  Issuer: 'cert-manager.io_issuers.yaml',
};
const kubernetes = new Kubernetes(inject('apiServer'));
let schemas: string;

beforeAll(async () => {
  await createNamespaces(kubernetes);
  // Without them the API server refuses the Pods of hooks.
  for (const account of all([...renderTest(), ...render()], 'ServiceAccount'))
    kubectl(['apply', '-f', '-'], JSON.stringify(account));
  for (const file of Object.values(definitions)) {
    kubectl(['create', '-f', join(tool('crds'), file)]);
  }
  const openApi = await until('the API server describes every kind', describesAll, 60);
  schemas = scratchFolder('schemas');
  writeJsonSchemas(openApi, schemas);
});

async function describesAll(): Promise<OpenApi | false> {
  const openApi = await kubernetes.get<Rendered & OpenApi>('/openapi/v2');
  const names = Object.keys(openApi.definitions);
  const isDescribed = (kind: string) => names.some((name) => name.endsWith(`.v1.${kind}`));
  return Object.keys(definitions).every(isDescribed) && openApi;
}

const kubeconform = (text: string) =>
  run('kubeconform', ['-strict', '-summary', '-schema-location', schemaLocation(schemas)], text);

describe.each(Object.entries(variants))('with %s', (_, values) => {
  const { stdout: manifest } = template(values);

  test('the API server accepts every object', () => {
    const file = writeScratch('manifest.yaml', manifest);
    const args = ['apply', '--dry-run=server', '--validate=strict', '-f', file];
    // The namespace does not let a Pod onto the node's network; of a Deployment it warns.
    const expected = 'hostNetwork' in values ? /would violate PodSecurity/ : /^$/;
    expect(kubectlWarnings(args)).toMatch(expected);
  });

  test('kubeconform finds every object valid', () => {
    const { status, stdout } = kubeconform(manifest);
    expect(stdout).toMatch(/Invalid: 0, Errors: 0, Skipped: 0/);
    expect(status).toBe(0);
  });
});

test('kubeconform would find a key that does not exist', () => {
  const { stdout } = template({});
  expect(kubeconform(stdout.replace('minAvailable:', 'minAvailabel:')).status).toBe(1);
});

describe('in a namespace with restricted Pod security', () => {
  const onPodNetwork = Object.entries(variants).filter(([, values]) => !('hostNetwork' in values));

  test.each(onPodNetwork)('the Pod is admitted with its priority: %s', (_, values) => {
    expect(createPod(values).spec.priority).toBe(2_000_000_000);
  });

  test('a Pod on the network of the node is not', () => {
    expect(() => createPod({ hostNetwork: true })).toThrow(/violates PodSecurity/);
  });
});

/** As the Deployment's controller would, without storing it. */
function createPod(values: object): Rendered {
  const objects = render(values);
  const { metadata, spec } = one(objects, 'Deployment').spec.template;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'webhook' }, spec };
  kubectl(['apply', '-f', '-'], JSON.stringify(named(objects, 'ServiceAccount', 'image-detour')));
  const args = ['--namespace', 'image-detour', '--dry-run=server', '-o', 'json', '-f', '-'];
  return JSON.parse(kubectl(['create', ...args], JSON.stringify(pod)));
}
