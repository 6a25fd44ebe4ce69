import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../rig/process.ts';
import { issueFor } from './brought-certificate.ts';
import type { Cluster } from './cluster.ts';
import { startRegistry } from './registry.ts';

const name = 'mirror-by-name';

/**
 * Has the mirror answer the node where its name says that it is, over TLS: what is compiled for
 * nodes names nothing else. Gives what takes that away again.
 */
export async function openMirrorByName(
  cluster: Cluster,
  host: string,
): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(cluster.address.folder, `${name}-`));
  const pair = issueFor(cluster, host);
  const [trusted, hosts] = [join(folder, 'trusted'), join(folder, 'hosts')];
  const tls = { certificate: join(trusted, 'mirror.crt'), key: join(folder, 'mirror.key') };
  mkdirSync(trusted);
  writeFileSync(tls.certificate, pair.cert);
  writeFileSync(tls.key, pair.key);
  writeFileSync(hosts, `127.0.0.1 localhost ${host}\n`);
  await startRegistry(cluster, name, '127.0.0.1:443', { imagesOf: 'mirror', tls });
  await cluster.inside(['mount', '--bind', hosts, '/etc/hosts']);
  await cluster.inside(['mount', '--bind', trusted, '/etc/ssl/certs']);
  // Whom it trusts it reads once.
  await restartContainerd(cluster);
  return async () => {
    await cluster.inside(['umount', '/etc/hosts', '/etc/ssl/certs']);
    await cluster.inside(['pkill', '--full', join('registry', name, 'config.yml')]);
    await restartContainerd(cluster);
  };
}

async function restartContainerd(cluster: Cluster): Promise<void> {
  await cluster.restart('containerd');
  await until('containerd answers', () =>
    cluster.inside(['ctr', 'version']).then(
      () => true,
      () => false,
    ),
  );
}
