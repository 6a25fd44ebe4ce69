import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeDocuments } from '../../src/cli/commands/compile/write-documents.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { containerd } from '../../src/target/containerd.ts';
import type { TargetDocument } from '../../src/target/contract/target.ts';
import { Containerd } from '../rig/containerd.ts';
import { compare, options, type Pull } from './rig/compare.ts';
import { hosts } from './rig/corpus.ts';
import { RecordingProxy } from './rig/recording-proxy.ts';
import { run, runAll } from './rig/run-all.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'containerd-'));
});

afterAll(() => rm(folder, { recursive: true }));

const certsOf = (file: number) => join(folder, String(file), 'certs.d');

test('containerd 1.6 asks whom decide names', async () => {
  const proxy = await RecordingProxy.start(hosts);
  const daemon = await Containerd.start(folder);
  const write = async (file: number, documents: readonly TargetDocument[]) => {
    await writeDocuments(join(folder, String(file)), documents);
  };
  const pullAll = async (pulls: readonly Pull[]) => {
    const fetch = (pull: Pull) =>
      `-a ${daemon.address} content fetch --hosts-dir ${certsOf(pull.file)} ${pull.normalized}`;
    const lists = pulls.map((pull) => fetch(pull).split(' '));
    await runAll('ctr', lists, proxy.environment);
  };
  const result = await compare(containerd, proxy, [16, 25], write, pullAll);
  await daemon.stop();
  proxy.close();
  console.log(`${result.compared} compared, ${result.reported} reported`);
  expect(result.differences.slice(0, 5)).toEqual([]);
  expect(result.compared).toBeGreaterThan(result.reported);
});

test.each([
  ['a domain', '{from: "*.gcr.io", keep: true}', 'a.gcr.io/aa:e1'],
  ['a part of a registry', '{from: quay.io/team, keep: true}', 'quay.io/team/aa:e2'],
  ['a mirror by registry', '{from: "*.gcr.io", to: "m.example/${registry}"}', 'a.gcr.io/aa:e3'],
  [
    'a registry for some namespaces',
    '{from: quay.io, keep: true, namespaces: {include: [dev]}}',
    'quay.io/aa:e4',
  ],
])('containerd 1.6 does not refuse %s that is left out', async (_, exception, image) => {
  const proxy = await RecordingProxy.start(hosts);
  const home = join(folder, 'exceptions');
  await mkdir(home, { recursive: true });
  const daemon = await Containerd.start(home);
  const text = `{version: 1, bypass: false, rules: [${exception}, {from: "*", deny: no}]}`;
  const { documents } = containerd.compile(loadRules(text).ruleSet as RuleSet, options);
  await writeDocuments(home, documents);
  const fetch = ['-a', daemon.address, 'content', 'fetch', '--hosts-dir', join(home, 'certs.d')];
  await run('ctr', [...fetch, image], proxy.environment);
  await daemon.stop();
  proxy.close();
  await rm(home, { recursive: true });
  const [name, tag] = image.split(':') as [string, string];
  expect(proxy.askedFor(tag)).toEqual([name]);
});
