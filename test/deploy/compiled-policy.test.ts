import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { defaultSettings } from '../../src/target/contract/options.ts';
import { applyPolicy } from '../rig/applied.ts';
import { writeScratch } from '../rig/files.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, podWith } from '../rig/kubernetes-object.ts';
import { all, one, render, template } from './rig/chart.ts';

/* The policy of `policy.content` is about the same Pods as the registration. */

const kubernetes = new Kubernetes(inject('apiServer'));
const calico = 'docker.io/calico/node:v3.30.0';
const ours = 'registry.example/image-detour:0.1.0';
const elsewhere = 'nowhere.example/x';
const written = 'k8s.gcr.io/pause:3.1';
const mirrored = `${defaultMirror}/gcr/google_containers/pause:3.1`;

let [judged, ofCalico, ofRelease] = ['', '', ''];

beforeAll(async () => {
  judged = await kubernetes.createNamespace('judged');
  ofCalico = await kubernetes.createNamespace('calico-system');
  ofRelease = await kubernetes.createNamespace('mirroring');
});

const detour = (args: readonly string[], input = '') =>
  execFileSync(process.execPath, ['bin/detour.js', '--rules', 'embedded', ...args], {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'ignore'],
  });

const values = (content: string, webhook: object = {}) => ({
  policy: { content },
  webhook: { excludedNamespaces: [ofCalico], ...webhook },
});

const objectsOf = (content: string, webhook: object = {}) =>
  render(values(content, webhook), { namespace: ofRelease }).filter(
    ({ metadata, kind }) => kind.includes('AdmissionPolicy') && metadata.name.endsWith('-rules'),
  );

/** The policy that the chart makes of it, for `kubectl apply`. */
const listOf = (content: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objectsOf(content) });

const create = (where: string, image: string) =>
  kubernetes.createPod(where, podWith(image, 'of-a-namespace'), { dryRun: true });

const isRefused = (where: string, image: string) =>
  create(where, image).then(
    () => false,
    ({ message }: Error) => message.includes(image),
  );

test('what compile vap prints, applied without the chart, replaces no policy of the chart', () => {
  const names = all(render(), 'ValidatingAdmissionPolicy').map(({ metadata }) => metadata.name);
  expect(names).toContain('image-detour-account');
  expect(names).not.toContain(defaultSettings.name);
});

describe('policy.content', () => {
  test('of compile map: the policy rewrites where the webhook does', async () => {
    const createIn = async (where: string) => imageOf(await create(where, written));
    const isInForce = async () => (await createIn(judged)) === mirrored;
    await applyPolicy(listOf(detour(['compile', 'map'])), isInForce);
    for (const where of [ofCalico, ofRelease]) expect(await createIn(where)).toBe(written);
  });

  test('of compile vap: Calico and the release’s own Pods are admitted, others are judged', async () => {
    await applyPolicy(listOf(detour(['compile', 'vap'])), () => isRefused(judged, elsewhere));
    expect(await isRefused(ofCalico, calico)).toBe(false);
    expect(await isRefused(ofRelease, ours)).toBe(false);
    expect(await isRefused(judged, calico)).toBe(true);
    expect(await isRefused(judged, ours)).toBe(true);
    expect(await isRefused(judged, mirrored)).toBe(false);
  });

  test.each(['map', 'vap'])('is what compile %s makes of the same namespaces', (target) => {
    const deployed = listOf(detour(['compile', target]));
    const options = ['--name', 'image-detour-rules', '--exclude-namespace', ofRelease, ofCalico];
    expect(detour(['compile', target, ...options, '--check', '-'], deployed)).toBe(
      '-: matches the rules\n',
    );
  });

  test('may be of both targets, one after the other', () => {
    const objects = objectsOf(`${detour(['compile', 'map'])}---\n${detour(['compile', 'vap'])}`);
    expect(objects.map(({ kind }) => kind).toSorted()).toEqual([
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
  });

  test('is for kube-system if both it and the registration are', () => {
    const excludedBy = (content: string, webhook: object) =>
      one(objectsOf(content, webhook), 'ValidatingAdmissionPolicy').spec.matchConstraints
        .namespaceSelector.matchExpressions[0].values;
    const included = detour(['compile', 'vap', '--include-kube-system']);
    const includeKubeSystem = { includeKubeSystem: true };
    expect(excludedBy(included, includeKubeSystem)).not.toContain('kube-system');
    expect(excludedBy(included, {})).toContain('kube-system');
    expect(excludedBy(detour(['compile', 'vap']), includeKubeSystem)).toContain('kube-system');
  });

  test('follows webhook.namespaceSelector', () => {
    const namespaceSelector = {
      matchLabels: { mirror: 'on' },
      matchExpressions: [{ key: 'env', operator: 'In', values: ['test'] }],
    };
    const objects = objectsOf(detour(['compile', 'vap']), { namespaceSelector });
    const policy = one(objects, 'ValidatingAdmissionPolicy');
    expect(policy.spec.matchConstraints.namespaceSelector).toMatchObject({
      matchLabels: { mirror: 'on' },
      matchExpressions: [
        { key: 'kubernetes.io/metadata.name' },
        { key: 'image-detour', operator: 'NotIn', values: ['disabled'] },
        { key: 'env', operator: 'In', values: ['test'] },
      ],
    });
  });

  test.each([
    ['another object', 'kind: Pod\n', 'not Pod'],
    ['a text that is not YAML', 'kind: [', 'not this text'],
    ['what is for another place', '# detour compile containerd\na: 1\n', 'not this text'],
  ])('that is %s is refused', (_, content, message) => {
    const file = writeScratch('policy.yaml', content);
    const { status, stderr } = template({}, { args: ['--set-file', `policy.content=${file}`] });
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
