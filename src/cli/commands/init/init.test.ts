import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { runDetour } from '../../../../test/support/run-detour.ts';
import { testExpectations } from '../../../decision/expectations.ts';
import { checkRules } from '../../../rules/check.ts';
import { defaultRulesText } from '../../../rules/default.ts';
import { loadRules } from '../../../rules/load.ts';
import { layoutNames } from './layouts.ts';

const mirrors = [
  'harbor.corp.example',
  '111122223333.dkr.ecr.eu-central-1.amazonaws.com',
  'mirror.example:5000/all/images',
  'localhost:5000',
  '10.0.0.1',
  '1.5',
  '[::1]:5000/x',
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-init-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const layoutsAndMirrors = layoutNames.flatMap((layout) =>
  mirrors.map((mirror) => [layout, mirror] as const),
);

test.each(layoutsAndMirrors)('%s for %s passes detour check, tests included', async (...each) => {
  const [layout, mirror] = each;
  const args = ['init', '--mirror', mirror, '--layout', layout, '--output', '-'];
  const { code, stdout } = await runDetour(args);
  expect(code).toBe(0);
  const { ruleSet, diagnostics } = loadRules(stdout);
  expect(diagnostics).toEqual([]);
  expect(checkRules(ruleSet!)).toEqual([]);
  expect(ruleSet?.file.mirror).toBe(mirror);
  const expectations = testExpectations(ruleSet!);
  expect(expectations.length).toBeGreaterThan(3);
  expect(expectations.filter(({ isMet }) => !isMet)).toEqual([]);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(140);
});

describe('the file', () => {
  const args = (...more: readonly string[]) => [
    'init',
    '--output',
    join(folder, 'rules.yaml'),
    ...more,
  ];
  const flat = ['--mirror', 'm.example', '--layout', 'flat'];
  const written = () => readFileSync(join(folder, 'rules.yaml'), 'utf8');

  test('is written, and the next steps are printed', async () => {
    const { code, stdout, stderr } = await runDetour(args(...flat));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(written()).toContain('mirror: m.example\n');
    expect(stdout).toContain(`detour --rules ${folder}/rules.yaml check`);
    expect(stdout).toContain('explain nginx');
  });

  test('is not overwritten without --force', async () => {
    writeFileSync(join(folder, 'rules.yaml'), 'mine');
    const { code, stderr } = await runDetour(args(...flat));
    expect(code).toBe(2);
    expect(stderr).toContain('rules.yaml exists already: add --force to overwrite it');
    expect(written()).toBe('mine');
    expect((await runDetour(args(...flat, '--force'))).code).toBe(0);
    expect(written()).toContain('mirror: m.example\n');
  });

  test('is not written through a symbolic link that leads nowhere', async () => {
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'rules.yaml'));
    const { code, stderr } = await runDetour(args(...flat));
    expect(code).toBe(2);
    expect(stderr).toContain('rules.yaml exists already');
    expect(readdirSync(folder)).toEqual(['rules.yaml']);
  });

  test.each([
    ['docker.io', 'flat'],
    ['docker.io/corp', 'harbor'],
    ['quay.io/cache', 'ecr'],
    ['gcr.io/p', 'public'],
  ])(
    'is not written for a mirror at %s that the layout %s would mirror',
    async (mirror, layout) => {
      const { code, stderr } = await runDetour(args('--mirror', mirror, '--layout', layout));
      expect(code).toBe(2);
      expect(stderr).toContain(`the layout ${layout} does not fit a mirror at ${mirror} (`);
      expect(stderr).toContain('choose another layout, or a registry that it does not mirror');
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test('that cannot be written is reported', async () => {
    const place = join(folder, 'none', 'rules.yaml');
    const { code, stderr } = await runDetour(['init', ...flat, '--output', place]);
    expect(code).toBe(2);
    expect(stderr).toContain('none/rules.yaml cannot be written: ENOENT');
  });

  test('of the embedded rules is printed, or written where --output says', async () => {
    expect((await runDetour(['init', '--embedded'])).stdout).toBe(defaultRulesText);
    await runDetour(args('--embedded'));
    expect(written()).toBe(defaultRulesText);
  });
});

describe('the file that commands read', () => {
  /** Runs a command in the folder. */
  async function inFolder(...args: readonly string[]) {
    const before = process.cwd();
    process.chdir(folder);
    try {
      return await runDetour(args);
    } finally {
      process.chdir(before);
    }
  }
  const init = ['init', '--mirror', 'm.example', '--layout', 'flat'];

  test('is written, checked and used without being named', async () => {
    const { code, stdout } = await inFolder(...init);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^detour\.yaml is written/);
    expect(stdout).toContain('  detour check ');
    expect(await inFolder('check')).toMatchObject({
      code: 0,
      stdout: 'detour.yaml: valid, 1 origin, 4 of 4 expectations met, 0 findings\n',
    });
    expect((await inFolder('resolve', 'nginx')).stdout).toBe('m.example/docker.io/library/nginx\n');
  });

  test('is not written next to ./detour.yml: commands would stop at two', async () => {
    writeFileSync(join(folder, 'detour.yml'), 'mine');
    const { code, stderr } = await inFolder(...init);
    expect(code).toBe(2);
    expect(stderr).toContain('detour.yml exists already');
    expect((await inFolder(...init, '--force')).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['detour.yml']);
  });
});

describe('wrong usage', () => {
  test.each<[args: string[], message: string]>([
    [[], 'use detour init --mirror HOST --layout harbor|ecr|flat|public'],
    [['--layout', 'ecr'], 'use detour init --mirror HOST --layout ecr'],
    [['--mirror', 'm.example'], '--mirror m.example --layout harbor|ecr|flat|public'],
    [['--mirror', 'https://m.example/', '--layout', 'flat'], 'did you mean m.example?'],
    [['--mirror', 'corp', '--layout', 'flat'], '"corp" is not a registry path: name a registry'],
    [['--mirror', 'm.example/${registry}', '--layout', 'flat'], 'is not a registry path'],
    [['--mirror', 'm.example', '--layout', 'round'], 'Allowed choices are harbor, ecr, flat'],
    [['--embedded', '--mirror', 'm.example'], 'leave out --mirror and --layout'],
  ])('%j', async (args, message) => {
    const place = args.includes('--embedded') ? [] : ['--output', join(folder, 'rules.yaml')];
    const { code, stderr, stdout } = await runDetour(['init', ...place, ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the dialogue', () => {
  const talk = (stdin: string, ...args: readonly string[]) =>
    runDetour(['init', '--output', '-', ...args], { stdin, isTTY: true });

  test('asks for the mirror and the layout, again after a mistake', async () => {
    const { code, stdout, stderr } = await talk('https://m.example\n  m.example \nround\n4\n');
    expect(code).toBe(0);
    expect(stdout).toContain('mirror: m.example\n');
    expect(stdout).toContain('to: ${mirror}/gcr/google_containers\n');
    expect(stderr).toContain('did you mean m.example?');
    expect(stderr).toContain('"round" is not a layout');
  });

  test.each([
    ['harbor.corp.example', 'dockerhub-proxy'],
    ['111122223333.dkr.ecr.eu-central-1.amazonaws.com/x', 'docker-hub'],
    ['m.example', '${registry}'],
  ])('proposes a layout for %s', async (mirror, path) => {
    const { stdout } = await talk('\n', '--mirror', mirror);
    expect(stdout).toContain(`to: \${mirror}/${path}\n`);
  });

  test('asks only for what is missing', async () => {
    const { stderr, stdout } = await talk('m.example\n', '--layout', 'public');
    expect(stderr).not.toContain('Layout');
    expect(stdout).toContain('to: ${mirror}/amazonecr\n');
    expect((await talk('', '--mirror', 'm.example', '--layout', 'flat')).stderr).toBe('');
  });

  test.each(['', 'm.example\n', 'bad mirror\n'])(
    'that ends after %j writes nothing',
    async (stdin) => {
      const { code, stdout, stderr } = await talk(stdin);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('nothing was written');
    },
  );

  test('does not begin if the file exists', async () => {
    const place = join(folder, 'rules.yaml');
    writeFileSync(place, 'mine');
    const { code, stderr } = await talk('m.example\n\n', '--output', place);
    expect(code).toBe(2);
    expect(stderr).not.toContain('Your mirror');
  });
});
