import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runDetour } from '../../test/support/run-detour.ts';

const folder = mkdtempSync(join(tmpdir(), 'check-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const rules = file(
  'detour.yaml',
  'version: 1\nbypass: false\nrules:\n- {from: registry.k8s.io, to: m.example/k8s, path: last}\n',
);
const colliding = `# what we run
registry.k8s.io/coredns:1

  registry.k8s.io/coredns/coredns:1 # since 1.21\r
registry.k8s.io/pause:3.9
`;
const found =
  '2 different images become m.example/k8s/coredns:1: registry.k8s.io/coredns:1, registry.k8s.io/coredns/coredns:1';

describe('check --images', () => {
  test('without it, possible collisions are a note', async () => {
    const { code, stdout } = await runDetour(['check', rules]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('note colliding-images')]);
  });

  test('reports those that there are in place of the note', async () => {
    const { code, stdout } = await runDetour(['check', rules, '--images', '-'], {
      stdin: colliding,
    });
    expect([code, stdout]).toEqual([
      1,
      `${rules}:4:10: warning colliding-images: ${found} (expected one list if they are the same images, otherwise a rule for one of them)
${rules}: valid, 1 origin, 1 finding
`,
    ]);
  });

  test('reports them as JSON', async () => {
    const images = file('images.txt', colliding);
    const { code, stdout } = await runDetour(['check', rules, '--json', '--images', images]);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      { file: rules, line: 4, code: 'colliding-images', severity: 'warning', message: found },
    ]);
  });

  test('0 if no two images meet', async () => {
    const images = file('apart.txt', 'registry.k8s.io/pause:3.9\nregistry.k8s.io/coredns:1\n');
    const { code, stdout } = await runDetour(['check', rules, '--images', images]);
    expect([code, stdout]).toEqual([0, `${rules}: valid, 1 origin, 0 findings\n`]);
  });

  test.each([
    ['a manifest', 'kind: Pod\nspec: {}\n', /line 1 of standard input is not an image: pass one/],
    ['a line with two images', 'nginx\nredis nginx\n', /line 2 of standard input is not an image/],
    ['a binary file', 'nginx\n\0', /the images cannot be read: the file is binary/],
  ])('2 for %s', async (_, stdin, message) => {
    const { code, stderr } = await runDetour(['check', rules, '--images', '-'], { stdin });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test('2 if something else is read from standard input', async () => {
    const { code, stderr } = await runDetour(['check', rules, '--images', '-', '--pods', '-']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--images - and --pods - both')]);
  });
});
