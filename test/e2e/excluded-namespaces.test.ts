import { execFileSync } from 'node:child_process';
import { beforeAll, expect, inject, test } from 'vitest';
import { applyPolicy } from '../rig/applied.ts';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { imageOf, podWith } from '../rig/kubernetes-object.ts';

/* Calico's image is not in the mirror: a policy that judges it keeps nodes from becoming ready. */

const kubernetes = new Kubernetes(inject('apiServer'));
const calico = 'docker.io/calico/node:v3.30.0';
const ours = 'registry.example/image-detour:0.1.0';
const elsewhere = 'nowhere.example/x';
const written = 'k8s.gcr.io/pause:3.1';

let [judged, ofCalico, ofOurs, optedOut] = ['', '', '', ''];

beforeAll(async () => {
  judged = await kubernetes.createNamespace('judged');
  ofCalico = await kubernetes.createNamespace('calico-system');
  ofOurs = await kubernetes.createNamespace('mirroring');
  optedOut = await kubernetes.createNamespace('opted-out');
  kubectl(['label', 'namespace', optedOut, 'image-detour=disabled']);
});

/** The policy that excludes both namespaces, as the command line compiles it. */
function compile(target: string): string {
  const exclude = ['--name', 'excluding', '--exclude-namespace', ofCalico, ofOurs];
  const args = ['bin/detour.js', '--rules', 'embedded', 'compile', target, ...exclude];
  return execFileSync(process.execPath, args, { encoding: 'utf8' });
}

const create = (where: string, image: string) =>
  kubernetes.createPod(where, podWith(image, 'of-a-namespace'), { dryRun: true });

const isRefused = (where: string, image: string) =>
  create(where, image).then(
    () => false,
    ({ message }: Error) => message.includes(image),
  );

test('compile map --exclude-namespace leaves their images, and rewrites others', async () => {
  const createIn = async (where: string) => imageOf(await create(where, written));
  await applyPolicy(compile('map'), async () => (await createIn(judged)) !== written);
  for (const where of [ofCalico, ofOurs, optedOut]) expect(await createIn(where)).toBe(written);
});

test('compile vap --exclude-namespace admits Calico and image-detour itself, and judges others', async () => {
  await applyPolicy(compile('vap'), () => isRefused(judged, elsewhere));
  expect(await isRefused(ofCalico, calico)).toBe(false);
  expect(await isRefused(ofOurs, ours)).toBe(false);
  expect(await isRefused(optedOut, ours)).toBe(false);
  expect(await isRefused(judged, calico)).toBe(true);
});
