import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstSegments } from './rig/first-segments.ts';
import {
  buildNodeProgram,
  type KubeletPull,
  pullWithKubelet,
  runLines,
} from './rig/node-programs.ts';

/**
 * What the vectors hold: of each image that the kubelet sends to a runtime, whom that asks, for
 * what.
 */
const vectors = join(import.meta.dirname, '..', 'fixtures', 'asked.jsonl');

let folder: string;
const images = firstSegments();
let pulls: readonly KubeletPull[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asked-'));
  pulls = await pullWithKubelet(buildNodeProgram('containerd'), images, join(folder, 'containerd'));
}, 1_200_000);

afterAll(() => rm(folder, { recursive: true }));

interface CrioPull {
  readonly image: string;
  readonly asked?: readonly string[];
}

test('containerd 2 and CRI-O ask the registries in the vectors', async () => {
  const sent = pulls.filter((each) => each.sent !== undefined);
  const conf = join(folder, 'registries.conf');
  await writeFile(conf, 'unqualified-search-registries = ["docker.io", "search.example"]\n');
  const crio = await runLines<CrioPull>(
    buildNodeProgram('crio'),
    [conf],
    sent.map((each) => each.sent as string),
  );
  const lines = sent.map((each, index) =>
    JSON.stringify({ image: each.image, containerd: askedBy(each), crio: crio[index]?.asked }),
  );
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(vectors);
});

// It refuses addresses of IPv6, hosts in capitals without a dot, and names longer than 255 with
// their host.
test('containerd 1.6 asks the same, or nobody', async () => {
  const older = await pullWithKubelet('containerd', images, join(folder, 'containerd16'));
  const pairs = older
    .map((each, index) => [each.image, askedBy(each), askedBy(pulls[index] as KubeletPull)])
    .filter(([, asked]) => asked !== undefined);
  expect(pairs.filter(([, asked, askedBy2]) => asked !== askedBy2)).toEqual([]);
  expect(pairs.length).toBeGreaterThan(2_000);
}, 1_200_000);

/** The host and the repository of the first request; undefined if there was none. */
function askedBy({ answer = '' }: KubeletPull): string | undefined {
  const [, host, repository] =
    /(?:Head|Get) "https?:\/\/([^/]+)\/v2\/(.+?)\/manifests\//.exec(answer) ?? [];
  return host === undefined ? undefined : `${host} ${repository}`;
}
