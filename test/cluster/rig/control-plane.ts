import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueKeyPair } from '../../rig/certificate.ts';
import { until } from '../../rig/process.ts';
import type { Cluster } from './cluster.ts';

const server = 'https://10.88.8.1:6443';
const etcd = 'http://127.0.0.1:2379';

/** Who calls the API server, by name, and in which groups. */
const users = {
  admin: ['admin', 'system:masters'],
  node: ['system:node:node1', 'system:nodes'],
  'controller-manager': ['system:kube-controller-manager', ''],
  scheduler: ['system:kube-scheduler', ''],
  proxy: ['system:kube-proxy', ''],
} as const;

/** User is who calls the API server with a kubeconfig. */
export type User = keyof typeof users;

/** Returns the path of a user's kubeconfig. */
export function kubeconfigOf(folder: string, user: User): string {
  return join(folder, 'kubernetes', `${user}.kubeconfig`);
}

/**
 * Starts etcd, kube-apiserver, the controller manager and the scheduler. Each is started again
 * whenever it ends.
 */
export async function startControlPlane(cluster: Cluster): Promise<void> {
  const { folder, programs } = cluster.address;
  const work = join(folder, 'kubernetes');
  mkdirSync(work);
  const accounts = issueKeyPair(work, 'service-account');
  // kube-apiserver issues its own, for all its names; clients trust just that one.
  const certificate = join(work, 'apiserver.crt');
  const tokens = writeUsers(work, certificate);

  cluster.keepRunning('etcd', [
    'etcd',
    '--data-dir',
    join(folder, 'etcd'),
    '--unsafe-no-fsync',
    '--log-level',
    'warn',
    '--listen-client-urls',
    etcd,
    '--advertise-client-urls',
    etcd,
  ]);
  cluster.keepRunning('kube-apiserver', [
    join(programs, 'kube-apiserver'),
    `--etcd-servers=${etcd}`,
    '--secure-port=6443',
    '--advertise-address=10.88.8.1',
    `--cert-dir=${work}`,
    '--service-cluster-ip-range=10.96.0.0/24',
    `--token-auth-file=${tokens}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${accounts.pubFile}`,
    `--service-account-signing-key-file=${accounts.keyFile}`,
    '--allow-privileged=true',
    // When told to end it waits this long for those who watch, who do not leave.
    '--request-timeout=10s',
  ]);
  await until('kube-apiserver is ready', () => cluster.isReady(), 90);

  const controller = kubeconfigOf(folder, 'controller-manager');
  cluster.keepRunning('kube-controller-manager', [
    join(programs, 'kube-controller-manager'),
    ...delegated(controller),
    '--use-service-account-credentials',
    `--service-account-private-key-file=${accounts.keyFile}`,
    `--root-ca-file=${certificate}`,
  ]);
  cluster.keepRunning('kube-scheduler', [
    join(programs, 'kube-scheduler'),
    ...delegated(kubeconfigOf(folder, 'scheduler')),
  ]);
}

function delegated(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ];
}

/** Gives each user a token: a kubeconfig with it, and all of them in a file for kube-apiserver. */
function writeUsers(work: string, certificate: string): string {
  const lines = Object.entries(users).map(([user, [name, groups]]) => {
    const token = randomUUID();
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'it', cluster: { server, 'certificate-authority': certificate } }],
      users: [{ name: user, user: { token } }],
      contexts: [{ name: 'it', context: { cluster: 'it', user } }],
      'current-context': 'it',
    };
    // JSON is YAML.
    writeFileSync(join(work, `${user}.kubeconfig`), JSON.stringify(config), { mode: 0o600 });
    return `${token},${name},${user},"${groups}"`;
  });
  const file = join(work, 'tokens.csv');
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}
