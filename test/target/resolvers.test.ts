import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeDocuments } from '../../src/cli/commands/compile/write-documents.ts';
import { dockerHub } from '../../src/reference/docker-hub.ts';
import { parseReference } from '../../src/reference/reference.ts';
import { buildkit } from '../../src/target/buildkit.ts';
import { containerd } from '../../src/target/containerd.ts';
import type { TargetDocument } from '../../src/target/contract/target.ts';
import { k3s } from '../../src/target/k3s.ts';
import { buildOnce } from '../rig/build-once.ts';
import { compare, expressiblePart, type Pull } from './rig/compare.ts';
import { hosts } from './rig/corpus.ts';
import { RecordingProxy } from './rig/recording-proxy.ts';
import { run } from './rig/run-all.ts';

/**
 * What is left of a name of Docker Hub when it is rewritten wharfie takes for a name of Docker Hub:
 * `nginx` is library/nginx.
 */
function asWharfie(name: string, image: string): string {
  const isOfHub = parseReference(image)?.registry === dockerHub;
  return isOfHub ? name.replace(/^([^/]+)\/([^/]+)$/, '$1/library/$2') : name;
}

const same = (name: string) => name;

describe.each([
  { name: 'containerd2', target: containerd, read: 'certs.d', atLeast: 0.6, as: same },
  { name: 'buildkit', target: buildkit, read: 'buildkitd.toml', atLeast: 0.51, as: same },
  // k3s has its own containerd rewrite names; this is Rancher's other reader of the same file.
  { name: 'wharfie', target: k3s, read: 'registries.yaml', atLeast: 0.57, as: asWharfie },
])('$name, with the module itself', ({ name, target, read, atLeast, as }) => {
  let folder: string;
  let program: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `${name}-`));
    program = buildOnce('test/target/build-resolver.sh', name);
  });

  afterAll(() => rm(folder, { recursive: true }));

  test('no more is excused than today', () => {
    expect(expressiblePart(target)).toBeGreaterThan(atLeast);
  });

  test('asks whom decide names', async () => {
    const proxy = await RecordingProxy.start(hosts);
    const write = async (file: number, documents: readonly TargetDocument[]) => {
      await writeDocuments(join(folder, String(file)), documents);
    };
    const pullAll = async (pulls: readonly Pull[]) => {
      const lines = pulls.map(
        (pull) => `${join(folder, String(pull.file), read)} ${pull.normalized}\n`,
      );
      await run(program, [], proxy.environment, lines.join(''));
    };
    const result = await compare(target, proxy, [150, 25], write, pullAll);
    proxy.close();
    console.log(`${result.compared} compared, ${result.reported} reported`);
    const isOther = ({ image, should, asked }: (typeof result.differences)[number]) =>
      should.map((name) => as(name, image)).join() !== asked.join();
    expect(result.differences.filter(isOther).slice(0, 5)).toEqual([]);
    expect(result.compared).toBeGreaterThan(result.reported);
  });
});
