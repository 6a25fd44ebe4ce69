import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imagesOf, podOf } from '../rig/kubernetes-object.ts';
import { deploy } from '../rig/registration.ts';

const kubernetes = new Kubernetes(inject('apiServer'));
let namespace: string;
beforeAll(async () => {
  namespace = await kubernetes.createNamespace('webhook-files');
});

/** Serves the files of webhook/ as a web site. */
async function serveFiles(): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    outgoing.end(readFileSync(`webhook/${basename(incoming.url ?? '')}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each(['mutating-webhook.yaml', 'sample-deployment.yaml'])(
  'kubectl applies %s by its URL',
  async (name) => {
    const url = `${await serveFiles()}/${name}`;
    const output = await kubectlAsync('apply', '--dry-run=server', '-o', 'name', '-f', url);
    expect(output).toMatch(/image-detour/);
  },
);

test('the Pods of the sample get the images that the guide shows', async () => {
  const { undeploy } = await deploy(kubernetes);
  onTestFinished(undeploy);
  const { spec } = parse(readFileSync('webhook/sample-deployment.yaml', 'utf8')).spec.template;
  const pod = await kubernetes.createPod(namespace, podOf('sample', spec), { dryRun: true });
  const images = ['busybox:1.36', `${defaultMirror}/gcr/google_containers/coredns:1.3.1`];
  expect(Object.values(imagesOf(pod)).toSorted()).toEqual(images.toSorted());
  expect(readFileSync('webhook/README.md', 'utf8')).toContain(`\n# ${images.join(' ')}\n`);
});
