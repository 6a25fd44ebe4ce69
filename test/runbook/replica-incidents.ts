import { expect, test } from 'vitest';
import { issueFor } from '../cluster/rig/brought-certificate.ts';
import { CertManager } from '../cluster/rig/cert-manager.ts';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { cluster, page, product, refusal, rule, upgrade } from './scene.ts';

const nowhere = { repository: 'nowhere.example/image-detour', tag: 'none' };

/** Stages what keeps replicas from running, and the API server from reaching them. */
export function replicaIncidents(): void {
  test('two upgrades in a row have failed', async () => {
    const before = await revisionNow();
    // The check of the rules would find that its image cannot be pulled, too.
    const rules = { content: { version: 1, rules: [rule] }, check: false };
    for (const replicas of [2, 3]) await upgrade({ image: nowhere, replicas, rules }, []);
    const commands = page.under('DetourReplicasNotReady');
    const [history = '', rollback = ''] = commands.split('\n');
    const worked = [...(await page.run(history)).matchAll(/^(\d+)\s.*superseded/gm)].at(-2)?.[1];
    expect(worked).toBe(before);
    await page.run(rollback, { REVISION: worked ?? '' });
    const pods = await product.readyPods(2);
    const images = pods.map(({ spec }) => spec.containers[0]?.image);
    expect(images).not.toContain('nowhere.example/image-detour:none');
  });

  test('a quota refuses all Pods', async () => {
    await product.kubectl('create', 'quota', 'none', '--hard=pods=0');
    const counted = '--for=jsonpath={.status.hard.pods}=0';
    await product.kubectl('wait', 'quota/none', counted, '--timeout=60s');
    await product.kubectl('delete', 'pods', '--all');
    await page.shows(page.inText('DetourDown', /describe replicaset/), [
      /FailedCreate.*exceeded quota: none/,
    ]);
    await product.kubectl('delete', 'quota', 'none');
    await upgrade();
    await product.kubectl('rollout', 'restart', 'deployment/image-detour');
    await product.readyPods(2);
  });

  test('the Secret of the certificate does not exist; then its caBundle is not PEM', async () => {
    const { cert, key } = issueFor(cluster, 'image-detour.image-detour.svc');
    const certificate = { mode: 'existing', secretName: 'brought', caBundle: cert };
    const values = { certificate, webhook: { failurePolicy: 'Fail' } };
    await upgrade(values, []);
    await page.shows(page.under('Look at the state'), [/FailedMount.*secret "brought" not found/]);
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'brought', namespace: product.namespace },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': cert, 'tls.key': key },
    });
    // The kubelet waits longer after each attempt.
    await product.kubectl('delete', 'pods', '--all');
    await product.readyPods(2);
    await product.isAsked();
    await product.hasPolicy('Fail', 60);

    await product.setCaBundle('not PEM');
    expect(await listedReason()).toBe('unable to load root certificates');
    await upgrade(values);
    await product.isAsked();
    await upgrade();
    await product.kubectl('delete', 'secret', 'brought');
  });

  test('cert-manager does not issue the certificate', async () => {
    const certManager = new CertManager(cluster);
    await certManager.install();
    await upgrade({ certificate: { mode: 'certManager' } }, []);
    const describe = page.inText('DetourDown', /describe certificate/);
    expect(await page.run(describe)).toMatch(/Kind:\s+Certificate/);
    await upgrade();
    await certManager.uninstall();
  });

  test('scanners call the webhook', async () => {
    const address = await product.kubectl(
      'get',
      'service/image-detour',
      '--output=jsonpath={.spec.clusterIP}',
    );
    const post = ['curl', '-sk', '-X', 'POST', '--data', 'no review', `https://${address}/mutate`];
    await cluster.inside(post);
    await page.run(page.under('Look at the state'));
    const refused = await page.run(page.under('DetourRequestsRefused'));
    expect(refused).toMatch(/detour_requests_refused_total\{status="4\d\d"\} [1-9]/);
  });

  test('somebody changed the Service', async () => {
    const selector = JSON.stringify({ spec: { selector: { 'app.kubernetes.io/name': 'other' } } });
    await product.kubectl('patch', 'service/image-detour', '--patch', selector);
    const service = page.inText('DetourNotReached', /get service/);
    expect(await page.run(service)).toContain('app.kubernetes.io/name: other');
    expect(await page.run(page.under('See what was changed by hand'))).toMatch(/^-.*name: other$/m);
    await upgrade();
    await product.isAsked();
  });

  test('no replica is left: the reason that users read is in the table', async () => {
    await upgrade({ webhook: { failurePolicy: 'Fail' } });
    await product.isAsked();
    await product.hasPolicy('Fail', 60);
    await product.kubectl('scale', 'deployment/image-detour', '--replicas=0');
    expect(await listedReason()).toMatch(/connection refused|no endpoints available/);
    await page.run(page.under('Turn the webhook off at once'));
    await cluster.admit(clusterPod('refused', 'k8s.gcr.io/pause:3.1'));
  });
}

/** Returns the reason in the table of DetourNotReached that a user reads. */
async function listedReason(): Promise<string> {
  const message = await refusal();
  const [reason] = page.reasons('DetourNotReached').filter((each) => message.includes(each));
  if (reason === undefined) throw new Error(`not in the table: ${message}`);
  return reason;
}

async function revisionNow(): Promise<string> {
  const text = await product.helm('history', product.name, '--max', '1', '--output', 'json');
  return String((JSON.parse(text) as { revision: number }[])[0]?.revision);
}
