import { expect, test } from 'vitest';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { podOf } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import {
  cluster,
  create,
  destination,
  page,
  product,
  provideProgram,
  rule,
  rulesText,
  upgrade,
} from './scene.ts';

const region = 'cn-north-1';

/** Stages what users report: Pods that are not rewritten, refused, or cannot pull. */
export function podIncidents(): void {
  test('a Pod is not rewritten, because its author does not want it', async () => {
    const { metadata, ...pod } = clusterPod('sent-around', 'k8s.gcr.io/pause:3.1');
    const annotations = { 'image-detour/bypass': 'true' };
    const remove = await create({ ...pod, metadata: { ...metadata, annotations } });
    const heading = 'Pods are not rewritten';
    const values = { NAME: 'sent-around', NAMESPACE: 'default', IMAGE: 'k8s.gcr.io/pause:3.1' };
    const show = (pattern: RegExp) => page.run(page.inText(heading, pattern), values);
    expect(await show(/creationTimestamp/)).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(await show(/metadata\}/)).toContain('"image-detour/bypass":"true"');
    expect(await show(/show-labels/)).toContain('kubernetes.io/metadata.name=default');
    await page.run(page.under('DetourRulesInvalid'));
    expect(await show(/explain/)).toContain('good.example/gcr/pause:3.1');
    await remove();
  });

  test('a rule denies the image of a Deployment', async () => {
    await product.editRules(rulesText('  - from: quay.io\n    deny: ask the platform team\n'));
    const isDenied = () => cluster.refuses(clusterPod('tried', 'quay.io/app:1'));
    await until('the edit is in force', isDenied, 90);
    const labels = { app: 'denied' };
    const spec = { containers: [{ name: 'app', image: 'quay.io/app:1' }] };
    const remove = await create({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'denied', namespace: 'default' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec },
      },
    } as never);
    const heading = 'Pods are refused';
    const describe = page.inText(heading, /describe replicaset/);
    const wanted = [/denied the request: .*ask the platform team/];
    await page.shows(describe, wanted, { NAME: 'denied' });
    await page.run(page.under('DetourRulesInvalid'));
    const explained = page.inText(heading, /explain/);
    expect(await page.run(explained, { IMAGE: 'quay.io/app:1' })).toContain(
      'ask the platform team',
    );
    await remove();
    await product.editRules(rulesText());
  });

  test('the mirror lacks an image', async () => {
    const { mirror } = cluster.address;
    await upgrade({ rules: { content: { version: 1, rules: [{ ...rule, to: mirror }] } } });
    await product.restart();
    const pod = clusterPod('lacking', 'k8s.gcr.io/none:1');
    // The kubelet may still have given the new replicas the rules of the test before.
    await until('every replica has the new rules', () => areRewrittenTo(mirror, pod), 60);
    const remove = await create(pod);
    const heading = 'ImagePullBackOff on the mirror';
    await page.shows(page.inText(heading, /describe pod/), [/: not found/], { NAME: 'lacking' });
    await page.run(page.under('DetourRulesInvalid'));
    await page.run(page.inText(heading, /check/));
    await remove();
  });

  test('an operator recreates its Pod again and again', async () => {
    const heading = 'A Pod is recreated again and again';
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner' };
    const ownerConfig = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'owner', namespace: 'default' },
    };
    const remove = await create(ownerConfig);
    const uid = await cluster.kubectl([
      'get',
      'configmap',
      'owner',
      '-o',
      'jsonpath={.metadata.uid}',
    ]);
    const { spec } = clusterPod('owned', 'k8s.gcr.io/pause:3.1');
    const metadata = { namespace: 'default', ownerReferences: [{ ...owner, uid }] };
    await create(podOf('owned', spec, metadata));
    const owners = page.inText(heading, /ownerReferences/);
    expect(await page.run(owners, { NAME: 'owned' })).toContain('"kind":"ConfigMap"');
    await page.run(page.under(heading), { NAMESPACE: 'default' });
    const admitted = await cluster.admit(clusterPod('admitted', 'k8s.gcr.io/pause:3.1'));
    expect(admitted.spec.containers[0]?.image).toBe('k8s.gcr.io/pause:3.1');
    const unlabel = page.inText('Pods are not rewritten', /label namespace/);
    await page.run(unlabel, { NAMESPACE: 'default' });
    await remove();
    await cluster.kubectl(['delete', 'pod', 'owned', '--now', '--ignore-not-found']);
  });

  test('AWS cannot be reached, and the token has expired', async () => {
    const annotations = { [`image-detour/expires-at.${region}`]: '2020-01-01T00:00:00Z' };
    const data = {
      '.dockerconfigjson': JSON.stringify({ auths: { [destination]: { auth: 'b2xk' } } }),
    };
    const remove = await create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'ecr', namespace: 'default', annotations },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: data,
    } as never);
    const ecrPullSecret = { name: 'ecr', namespaces: ['default'] };
    const content = { version: 1, rules: [rule, { from: 'quay.io', to: destination }] };
    await upgrade({ ecrPullSecret, rules: { content } });
    // AWS is not here; neither is its command line.
    provideProgram('aws', 'test "$*" = "ecr get-login-password --region cn-north-1" && echo token');
    const values = { NAME: 'ecr', NAMESPACE: 'default', REGISTRY: destination, REGION: region };
    const wanted = [
      /the pull secrets ecr could not be renewed/,
      /2020-01-01/,
      /secret\/ecr replaced/,
    ];
    await page.shows(page.under('DetourEcrTokenStale'), wanted, values);
    const config = await cluster.kubectl([
      'get',
      'secret',
      'ecr',
      '-o',
      'jsonpath={.data.\\.dockerconfigjson}',
    ]);
    const { auths } = JSON.parse(Buffer.from(config, 'base64').toString());
    expect(auths[destination]).toMatchObject({ username: 'AWS', password: 'token' });
    await remove();
    await upgrade();
  });

  test('the commands for what this cluster does not have are understood', async () => {
    for (const pattern of [/top pods/, /top nodes/])
      expect(await page.run(page.inText('DetourSlow', pattern))).toMatch(
        /Metrics API not available/,
      );
    const injector = page.inText('The caBundle is empty or wrong', /cainjector/);
    expect(await page.run(injector)).toMatch(
      /namespaces? "cert-manager" not found|"cert-manager-cainjector" not found/,
    );
  });
}

/** Reports whether ten Pods in a row, which several replicas answer, get their images from a mirror. */
async function areRewrittenTo(
  mirror: string,
  pod: ReturnType<typeof clusterPod>,
): Promise<boolean> {
  for (let count = 0; count < 10; count++) {
    const { spec } = await cluster.admit(pod);
    if (!spec.containers[0]?.image.startsWith(`${mirror}/`)) return false;
  }
  return true;
}
