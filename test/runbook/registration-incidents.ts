import { expect, test } from 'vitest';
import { until } from '../rig/process.ts';
import { cluster, page, patchRegistration, product, upgrade } from './scene.ts';

const caBundle = () =>
  cluster.kubectl([
    'get',
    'mutatingwebhookconfiguration',
    'image-detour',
    '-o',
    'jsonpath={.webhooks[0].clientConfig.caBundle}',
  ]);

/** Stages changes of the registration, and of the rights to it. */
export function registrationIncidents(): void {
  test('the registration was deleted, as the runbook turns the webhook off', async () => {
    await page.run(page.under('Turn the webhook off at once'));
    expect(await cluster.isThere('mutatingwebhookconfiguration/image-detour')).toBe(false);
    await page.shows(page.under('DetourNotRegistered'), [/"problem":"missing"/]);
    await upgrade();
    await product.isAsked();
  });

  test('somebody changed which namespaces it has', async () => {
    const [commands = ''] = page.under('See what was changed by hand').split('\n');
    expect(await page.run(commands)).toBe('');
    const matchLabels = { team: 'none' };
    const selector = { path: '/webhooks/0/namespaceSelector', value: { matchLabels } };
    await patchRegistration({ op: 'replace', ...selector });
    expect(await page.run(commands)).toMatch(/^-\s+team: none$/m);
    const heading = 'Pods are not rewritten';
    expect(await page.run(page.inText(heading, /namespaceSelector/))).toContain('"team":"none"');
    expect(await page.run(page.inText(heading, /configurations$/))).toMatch(/^image-detour /m);
    await upgrade();
    await product.isAsked();
  });

  test('somebody added a condition', async () => {
    const expression = 'request.userInfo.username == "nobody"';
    const condition = {
      path: '/webhooks/0/matchConditions/-',
      value: { name: 'mine', expression },
    };
    await patchRegistration({ op: 'add', ...condition });
    const commands = page.under('See what was changed by hand');
    expect(await page.run(commands)).toMatch(/k:\{"name":"mine"\}[\s\S]*manager: kubectl-patch/);
    await upgrade();
    expect(await page.run(commands)).toContain('name: mine');
    await page.run(page.under('Turn the webhook off at once'));
    await upgrade();
    await product.isAsked();
  });

  test('somebody changed the rights to its Secret', async () => {
    await removeRights('role');
    const wanted = [/forbidden.*could not be checked or renewed/, /^no\b/m];
    await page.shows(page.under('DetourCertificateUpkeepFails'), wanted);
    const endpoints = page.inText('DetourCertificateUpkeepFails', /endpoints/);
    expect(await page.run(endpoints)).toContain('10.88.8.1:6443');
    await upgrade();
  });

  test('somebody changed the rights to it, and a replica starts', async () => {
    await removeRights('clusterrole');
    await product.kubectl('delete', 'pod', (await product.readyPods(2))[0]?.metadata.name ?? '');
    const wanted = [/forbidden.*cannot be watched/, /^no\b/m];
    await page.shows(page.under('DetourRegistrationUnwatched'), wanted);
    await upgrade();
    await product.readyPods(2);
  });

  test('somebody else may know the key of the CA', async () => {
    const before = await caBundle();
    await page.run(page.under('The caBundle is empty or wrong'));
    await until('the caBundle is another one', async () => (await caBundle()) !== before, 60);
    await product.isAsked();
  });

  test('Fail waits for the label of the namespace, and for a first review', async () => {
    const label = ['label', 'namespace', product.namespace, 'image-detour-'];
    await cluster.kubectl(label);
    await upgrade({
      webhook: { failurePolicy: 'Fail' },
      serviceAccount: { admissionPolicy: false },
    });
    await page.run(page.inText('DetourFailPending', /label namespace/));
    const printed = await page.run(page.inText('DetourFailPending', /helm test/));
    expect(printed).toMatch(/Phase:\s+Succeeded/);
    await product.hasPolicy('Fail', 60);
  });

  test('the CA was replaced, and nobody copied it into a registration of their own', async () => {
    await upgrade({ webhook: { create: false } });
    await page.run(page.under('DetourCaReplaced'));
    await product.isAsked();
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'image-detour']);
    await upgrade();
  });
}

function removeRights(kind: 'role' | 'clusterrole'): Promise<string> {
  return cluster.kubectl(['delete', kind, 'image-detour', '--namespace', product.namespace]);
}
