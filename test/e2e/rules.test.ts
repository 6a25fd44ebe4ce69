import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { type Detour, isReady } from '../rig/detour.ts';
import { mountFolder, scratchFolder } from '../rig/files.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { until } from '../rig/process.ts';
import { deploy } from '../rig/registration.ts';
import { admit, startLoad } from './rig/steady-load.ts';

const origin = 'quay.io/p/app:1';
const fileName = 'detour.yaml';
const mirrored = (mirror: string) => `${mirror}/quay/p/app:1`;
const rulesTo = (mirror: string) => `version: 1
mirror: ${mirror}
rules:
  - from: quay.io
    to: \${mirror}/quay
`;

const kubernetes = new Kubernetes(inject('apiServer'));
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('rules');
});

async function deployForThisTest(rulesFile: string): Promise<Detour> {
  const { detour, undeploy } = await deploy(kubernetes, {
    rulesFile,
    edit: { failurePolicy: 'Fail' },
  });
  onTestFinished(undeploy);
  return detour;
}

const goesTo = (mirror: string) => async () => {
  const outcome = await admit(kubernetes, namespace, origin, [mirrored(mirror)])();
  return outcome === undefined;
};

test('rules reloaded under load through a symlink swap: 0 failed, each takes effect', async () => {
  const mirrors = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example'];
  const mounted = mountFolder({ [fileName]: rulesTo(mirrors[0] ?? '') });
  const detour = await deployForThisTest(join(mounted.path, fileName));
  const load = startLoad(80, admit(kubernetes, namespace, origin, mirrors.map(mirrored)));
  for (const mirror of mirrors) {
    mounted.swap({ [fileName]: rulesTo(mirror) });
    await until(`images go to ${mirror}`, goesTo(mirror), 5);
  }
  await sleep(500);
  expect(
    await detour.metric('detour_rules_reloads_total{result="success"}'),
  ).toBeGreaterThanOrEqual(mirrors.length - 1);
  const { sent, wrong } = await load.stop();
  expect(wrong).toEqual({});
  expect(sent).toBeGreaterThan(200);
});

test('a broken file under load: the old rules stay in force, metrics and log report it, the server stays ready', async () => {
  const file = join(scratchFolder('rules'), fileName);
  writeFileSync(file, rulesTo('a.example'));
  const detour = await deployForThisTest(file);
  const isValid = () => detour.metric('detour_rules_valid');
  const failures = () => detour.metric('detour_rules_reloads_total{result="failure"}');
  expect(await isValid()).toBe(1);

  const load = startLoad(80, admit(kubernetes, namespace, origin, [mirrored('a.example')]));
  const broken = ['version: 1\nrules: [', '', rulesTo('b.example').replace('from', 'form')];
  for (const text of broken) {
    const before = (await failures()) ?? 0;
    writeFileSync(file, text);
    await until('a failed reload', async () => ((await failures()) ?? 0) > before, 5);
    expect(await isValid()).toBe(0);
    expect(await isReady(detour)).toBe(true);
    await sleep(500);
  }
  const { sent, wrong } = await load.stop();
  expect(wrong).toEqual({});
  expect(sent).toBeGreaterThan(100);
  const complaints = detour.logs().filter(({ level }) => level === 'error' || level === 'warn');
  expect(JSON.stringify(complaints)).toContain('form');

  writeFileSync(file, rulesTo('b.example'));
  await until('images go to b.example', goesTo('b.example'), 5);
  expect(await isValid()).toBe(1);
});
