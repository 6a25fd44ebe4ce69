import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeDocuments } from '../../src/cli/commands/compile/write-documents.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { buildkit } from '../../src/target/buildkit.ts';
import { containerd } from '../../src/target/containerd.ts';
import type { Target } from '../../src/target/contract/target.ts';
import { k3s } from '../../src/target/k3s.ts';
import { registriesConf } from '../../src/target/registries-conf.ts';
import { buildOnce } from '../rig/build-once.ts';
import { Containerd } from '../rig/containerd.ts';
import { options } from './rig/compare.ts';
import { LabRegistries, plainRegistry, privateRegistry } from './rig/lab-registries.ts';
import { buildNodeProgram } from './rig/node-programs.ts';
import { run } from './rig/run-all.ts';

/* Nodes pull by HTTP, and by HTTPS with a private CA, if `registries` says so; otherwise they do not. */

let folder: string;
let lab: LabRegistries;
let daemon: Containerd;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'connections-'));
  lab = await LabRegistries.start(folder);
  daemon = await Containerd.start(folder);
});

afterAll(async () => {
  await daemon.stop();
  lab.close();
  await rm(folder, { recursive: true });
});

interface Rule {
  readonly from: string;
  readonly to: string;
}

const rules: readonly Rule[] = [
  { from: 'quay.io', to: `${plainRegistry}/quay` },
  { from: 'ghcr.io', to: `${privateRegistry}/ghcr` },
];

/** Compiles rules into a folder, and returns it. */
async function compile(target: Target, registries: object, rules: readonly Rule[]) {
  const text = JSON.stringify({ version: 1, bypass: false, registries, rules });
  const home = await mkdtemp(join(folder, `${target.name}-`));
  const { documents } = target.compile(loadRules(text).ruleSet as RuleSet, options);
  const moved = documents.map(({ path, text }) => ({
    path,
    text: text.replaceAll(/\/etc\/(buildkit|rancher\/k3s)/g, home),
  }));
  await writeDocuments(home, moved);
  return home;
}

/** What each program answers when it has pulled an image, and when it has not. */
interface Program {
  readonly name: string;
  readonly target: Target;
  readonly pull: (home: string, image: string) => Promise<string>;
  readonly success: RegExp;
}

const resolver = (name: string, file: string) => (home: string, image: string) =>
  run(
    buildOnce('test/target/build-resolver.sh', name),
    [],
    lab.environment,
    `${join(home, file)} ${image}\n`,
  );
const inMountedFolder =
  'mount --bind "$0" /etc/containers && exec skopeo inspect --raw "docker://$1"';

const programs: readonly Program[] = [
  {
    name: 'containerd 1.6',
    target: containerd,
    pull: (home, image) => {
      const fetch = ['-a', daemon.address, 'content', 'fetch', '--hosts-dir', `${home}/certs.d`];
      return run('ctr', [...fetch, image], lab.environment);
    },
    // What an earlier test fetched `exists`, if that takes ctr more than a tenth of a second.
    success: /layer-sha256:\S+ *(done|exists)/,
  },
  {
    name: 'containerd 2',
    target: containerd,
    pull: resolver('containerd2', 'certs.d'),
    success: /<nil>$/m,
  },
  {
    name: 'BuildKit',
    target: buildkit,
    pull: resolver('buildkit', 'buildkitd.toml'),
    success: /<nil>$/m,
  },
  {
    name: "Rancher's library",
    target: k3s,
    pull: resolver('wharfie', 'registries.yaml'),
    success: /<nil>$/m,
  },
  {
    name: "CRI-O's library",
    target: registriesConf,
    pull: (home, image) =>
      run(
        buildNodeProgram('crio'),
        [`${home}/registries.conf.d/50-test.conf`, `${home}/certs.d`],
        lab.environment,
        `${JSON.stringify(image)}\n`,
      ),
    success: /^\{"image":"[^"]*"\}$/m,
  },
  {
    name: 'skopeo, with /etc/containers',
    target: registriesConf,
    pull: (home, image) =>
      run('unshare', ['--mount', 'sh', '-c', inMountedFolder, home, image], lab.environment),
    success: /"schemaVersion":2/,
  },
];

const images = [
  ['a mirror without TLS', 'quay.io/team/app:1'],
  ['a mirror with a private CA', 'ghcr.io/team/app:1'],
  ['a registry without TLS, by its own name', `${plainRegistry}/team/app:1`],
  ['a registry with a private CA, by its own name', `${privateRegistry}/team/app:1`],
] as const;

describe.each(programs)('$name', ({ target, pull, success }) => {
  const registries = () => ({
    [plainRegistry]: { plainHttp: true },
    [privateRegistry]: { ca: lab.ca },
  });

  test.each(images)('pulls from %s', async (_, image) => {
    expect(await pull(await compile(target, registries(), rules), image)).toMatch(success);
  });

  test.each([
    ['their mirror does not answer', plainRegistry, privateRegistry],
    ['the mirror of every other registry does not answer', '*', 'quay.io'],
  ])('pulls from both registries if %s', async (_, ...names) => {
    const gone = names.map((from) => ({ from, to: 'gone.example/x' }));
    const home = await compile(target, registries(), gone);
    for (const registry of [plainRegistry, privateRegistry])
      expect(await pull(home, `${registry}/team/app:1`)).toMatch(success);
  });

  test.each(images)('without the entry does not pull from %s', async (_, image) => {
    const output = await pull(await compile(target, {}, rules), image);
    expect(output).not.toMatch(success);
    expect(output).toMatch(
      /server gave HTTP response to HTTPS client|certificate signed by unknown authority|first record does not look like a TLS handshake/,
    );
  });
});
