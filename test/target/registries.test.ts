import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { registriesConf } from '../../src/target/registries-conf.ts';
import { compare, expressiblePart, options } from './rig/compare.ts';
import { hosts } from './rig/corpus.ts';
import { RecordingProxy } from './rig/recording-proxy.ts';
import { run, runAll } from './rig/run-all.ts';

const defaultMirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
let proxy: RecordingProxy;
let folder: string;

beforeAll(async () => {
  proxy = await RecordingProxy.start([...hosts, defaultMirror, 'k8s.gcr.io']);
  folder = await mkdtemp(join(tmpdir(), 'registries-'));
});

afterAll(async () => {
  proxy.close();
  await rm(folder, { recursive: true });
});

const confOf = (file: number) => join(folder, `${file}.conf`);

test('no more is excused than today', () => {
  expect(expressiblePart(registriesConf)).toBeGreaterThan(0.66);
});

test('skopeo, with what CRI-O and podman read, asks whom decide names', async () => {
  const { compared, reported, differences } = await compare(
    registriesConf,
    proxy,
    [24, 25],
    async (file, [document]) => writeFile(confOf(file), document?.text ?? ''),
    async (pulls) =>
      runAll(
        'skopeo',
        pulls.map(({ image, file }) =>
          `--registries-conf ${confOf(file)} inspect --raw docker://${image}`.split(' '),
        ),
        proxy.environment,
      ),
  );
  console.log(`${compared} compared, ${reported} reported`);
  // It reads a short name as CRI-O and podman do not: see below.
  const isShort = ({ image }: { image: string }) => /^[^/]*_[^/]*\./.test(image);
  expect(differences.filter((each) => !isShort(each)).slice(0, 5)).toEqual([]);
  expect(compared).toBeGreaterThan(reported);
});

describe('with rules for hosts without a port, skopeo', () => {
  const pull = async (rules: string, image: string): Promise<string> => {
    const text = `{version: 1, bypass: false, rules: [${rules}]}`;
    const [document] = registriesConf.compile(
      loadRules(text).ruleSet as RuleSet,
      options,
    ).documents;
    const conf = join(folder, 'ports.conf');
    await writeFile(conf, document?.text ?? '');
    const inspect = ['--registries-conf', conf, 'inspect', '--raw', `docker://${image}`];
    return await run('skopeo', inspect, proxy.environment);
  };

  test.each([
    ['a path', '{from: quay.io, to: mirror.example/quay}', 'quay.io:443/aa/ab:p1'],
    ['a registry', '{from: quay.io, to: mirror.example}', 'quay.io:443/aa/ab:p2'],
    ['nowhere', '{from: quay.io, deny: no}', 'quay.io:443/aa/ab:p3'],
    [
      'a path, with another port that is kept',
      '{from: quay.io, to: mirror.example/quay}, {from: "quay.io:5000", keep: true}',
      'quay.io:5000/aa/ab:p4',
    ],
    [
      'where a mirror with a port is',
      '{from: quay.io, to: "gcr.io:5000/q"}, {from: gcr.io, to: mirror.example/g}',
      'gcr.io:5000/q/aa:p5',
    ],
  ])('asks the origin for a port that they do not name: %s', async (_, rules, image) => {
    const output = await pull(rules, image);
    const tag = image.slice(image.lastIndexOf(':') + 1);
    expect([proxy.askedFor(tag), output]).toEqual([
      [image.slice(0, -tag.length - 1)],
      expect.not.stringContaining('rewriting reference'),
    ]);
  });

  test('fails for other ports, as the note says', async () => {
    const output = await pull('{from: quay.io, to: mirror.example/quay}', 'quay.io:8443/aa:p6');
    expect([proxy.askedFor('p6'), output]).toEqual([[], expect.stringContaining('rewriting')]);
  });

  test('fails for an image of exactly the name of a part, as the note says', async () => {
    const output = await pull('{from: quay.io/team, to: mirror.example}', 'quay.io/team:p7');
    expect([proxy.askedFor('p7'), output]).toEqual([[], expect.stringContaining('rewriting')]);
  });
});

test.each([
  ['as-written', ['mirror.example/hub/aa/ab', 'mirror.example/hub/library/aa/ab']],
  ['never', ['mirror.example/hub/aa/ab']],
])('with library: %s, skopeo asks for library/aa/ab as the note says', async (library, mirrors) => {
  const text = `{version: 1, rules: [{from: docker.io, to: mirror.example/hub, library: ${library}}]}`;
  const { documents, diagnostics } = registriesConf.compile(
    loadRules(text).ruleSet as RuleSet,
    options,
  );
  expect(diagnostics.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('library/a/b'),
  );
  const conf = join(folder, 'library.conf');
  await writeFile(conf, documents[0]?.text ?? '');
  const image = `docker.io/library/aa/ab:${library}`;
  const inspect = ['--registries-conf', conf, 'inspect', '--raw', `docker://${image}`];
  await run('skopeo', inspect, proxy.environment);
  expect(proxy.askedFor(library)).toEqual([...mirrors, 'registry-1.docker.io/library/aa/ab']);
});

test.each([
  ['{from: "*.gcr.io/team", keep: true}', 'a.gcr.io/team/aa:d1'],
  ['{from: a.gcr.io, keep: true}', 'a.gcr.io/aa:d2'],
  ['{from: eu.gcr.io, keep: true, namespaces: {include: [dev]}}', 'eu.gcr.io/aa:d3'],
])('skopeo does not refuse an exception that is left out: %s', async (exception, image) => {
  const text = `{version: 1, bypass: false, rules: [${exception}, {from: "*.gcr.io", deny: no}]}`;
  const [document] = registriesConf.compile(loadRules(text).ruleSet as RuleSet, options).documents;
  const conf = join(folder, 'exceptions.conf');
  await writeFile(conf, document?.text ?? '');
  const inspect = ['--registries-conf', conf, 'inspect', '--raw', `docker://${image}`];
  await run('skopeo', inspect, proxy.environment);
  const [name, tag] = image.split(':') as [string, string];
  expect(proxy.askedFor(tag)).toEqual([name]);
});

test('buildah, as CRI-O, takes a host with an underscore for a short name, so no rule is compiled for it', async () => {
  const text = `version: 1
bypass: false
rules: [{from: b_c.gcr.io, to: mirror.example/u}, {from: "*.gcr.io", to: mirror.example/g}]
`;
  const { documents, diagnostics } = registriesConf.compile(
    loadRules(text).ruleSet as RuleSet,
    options,
  );
  expect(diagnostics.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('"b_c.gcr.io": the target takes a host with an underscore'),
  );
  const conf = join(folder, 'short.conf');
  const search = 'unqualified-search-registries = ["docker.io", "quay.io"]\n';
  await writeFile(conf, search + documents[0]?.text);
  const storage = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run')];
  const pull = ['--registries-conf', conf, '--storage-driver', 'vfs', 'pull', 'b_c.gcr.io/aa:b4'];
  await run('buildah', [...storage, ...pull], proxy.environment);
  expect(proxy.askedFor('b4')).toEqual([
    'registry-1.docker.io/b_c.gcr.io/aa',
    'quay.io/b_c.gcr.io/aa',
  ]);
});

test.each([
  [
    'k8s.gcr.io/coredns:b1',
    [`${defaultMirror}/gcr/google_containers/coredns`, 'k8s.gcr.io/coredns'],
  ],
  [
    'docker.io/library/busybox:b2',
    [
      `${defaultMirror}/dockerhub/busybox`,
      `${defaultMirror}/dockerhub/library/busybox`,
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
  await run('buildah', [...storage, ...pull], proxy.environment);
  expect(proxy.askedFor(image.split(':')[1] as string)).toEqual(asked);
});
