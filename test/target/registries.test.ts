import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { registriesConf } from '../../src/target/registries-conf.ts';
import { compare, options, saidPart } from './rig/compare.ts';
import { hosts } from './rig/corpus.ts';
import { FarEnd } from './rig/far-end.ts';
import { run, runAll } from './rig/run-all.ts';

const M = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
let farEnd: FarEnd;
let folder: string;

beforeAll(async () => {
  farEnd = await FarEnd.start([...hosts, M, 'k8s.gcr.io']);
  folder = await mkdtemp(join(tmpdir(), 'registries-'));
});

afterAll(async () => {
  farEnd.close();
  await rm(folder, { recursive: true });
});

const confOf = (file: number) => join(folder, `${file}.conf`);

test('no more is excused than today', () => {
  expect(saidPart(registriesConf)).toBeGreaterThan(0.8);
});

test('skopeo, with what CRI-O and podman read, asks whom decide names', async () => {
  const { compared, told, differences } = await compare(
    registriesConf,
    farEnd,
    [24, 25],
    async (file, [document]) => writeFile(confOf(file), document?.text ?? ''),
    async (pulls) =>
      runAll(
        'skopeo',
        pulls.map(({ image, file }) =>
          `--registries-conf ${confOf(file)} inspect --raw docker://${image}`.split(' '),
        ),
        farEnd.environment,
      ),
  );
  console.log(`${compared} compared, ${told} told`);
  expect(differences.slice(0, 5)).toEqual([]);
  expect(compared).toBeGreaterThan(told);
});

test.each([
  ['k8s.gcr.io/coredns:b1', [`${M}/gcr/google_containers/coredns`, 'k8s.gcr.io/coredns']],
  [
    'docker.io/library/busybox:b2',
    [
      `${M}/dockerhub/busybox`,
      `${M}/dockerhub/library/busybox`,
      'registry-1.docker.io/library/busybox',
    ],
  ],
  ['direct.to/quay.io/org/app:b3', ['quay.io/org/app']],
])('buildah asks for %s by the embedded rules', async (image, asked) => {
  const conf = join(folder, 'embedded.conf');
  const { ruleSet } = loadRules(defaultRulesText);
  const [document] = registriesConf.compile(ruleSet as RuleSet, options).documents;
  await writeFile(conf, document?.text ?? '');
  const storage = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run')];
  const pull = ['--registries-conf', conf, '--storage-driver', 'vfs', 'pull', image];
  await run('buildah', [...storage, ...pull], farEnd.environment);
  expect(farEnd.askedFor(image.split(':')[1] as string)).toEqual(asked);
});
