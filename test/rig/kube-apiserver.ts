import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce } from './build-once.ts';
import { issueAuthority, issueCertificate, issueKeyPair } from './certificate.ts';
import { type ApiServer, Kubernetes } from './kubernetes.ts';
import { freePort, type Running, start, untilReady } from './process.ts';

/**
 * ControlPlane is etcd and kube-apiserver on loopback. No kubelet, no controllers: Pods are stored
 * and stay Pending.
 */
export interface ControlPlane {
  readonly apiServer: ApiServer;
  /** The process of kube-apiserver. */
  readonly pid: number;
  stop(): Promise<void>;
}

interface Programs {
  readonly apiServer: string;
  readonly etcd: string;
  readonly kubectl: string;
}

const token = 'image-detour-e2e';

/** Builds or finds the programs, and returns their paths. */
export function findPrograms(): Programs {
  const programs = new Map(
    buildOnce('test/e2e/build-kube-apiserver.sh')
      .split('\n')
      .map((line) => line.split('=', 2) as [string, string]),
  );
  return {
    apiServer: programs.get('kube-apiserver') ?? '',
    etcd: programs.get('etcd') ?? '',
    kubectl: programs.get('kubectl') ?? '',
  };
}

/**
 * Starts etcd and kube-apiserver on free ports of 127.0.0.1, with their files and logs in `folder`.
 * Returns when system namespaces exist.
 */
export async function startControlPlane(
  folder: string,
  programs: Programs,
  /** Further arguments of kube-apiserver. */
  args: readonly string[] = [],
): Promise<ControlPlane> {
  const running: Running[] = [];
  const stop = async () => {
    // What they hold is thrown away with them: no need to wait for a graceful end.
    await Promise.all(running.map((program) => program.stop('SIGKILL')));
  };
  try {
    const etcdUrl = await startEtcd(folder, programs.etcd, running);
    const { apiServer, pid } = await startApiServer(folder, { programs, etcdUrl, args }, running);
    return { apiServer, pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEtcd(folder: string, program: string, running: Running[]): Promise<string> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const etcd = start(
    program,
    [
      `--data-dir=${join(folder, 'etcd')}`,
      '--unsafe-no-fsync',
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
    ],
    join(folder, 'etcd.log'),
  );
  running.push(etcd);
  await untilReady('etcd is healthy', etcd, () => isOk(`${url}/health`), 30);
  return url;
}

async function isOk(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  return answer?.ok ?? false;
}

interface ApiServerOptions {
  readonly programs: Programs;
  readonly etcdUrl: string;
  readonly args: readonly string[];
}

async function startApiServer(
  folder: string,
  { programs, etcdUrl, args }: ApiServerOptions,
  running: Running[],
): Promise<Pick<ControlPlane, 'apiServer' | 'pid'>> {
  const port = await freePort();
  const tls = join(folder, 'tls');
  mkdirSync(tls);
  const authority = issueAuthority(tls, 'ca');
  const serving = issueCertificate(tls, 'kube-apiserver', authority);
  const accounts = issueKeyPair(tls, 'service-account');
  const tokens = join(tls, 'tokens.csv');
  writeFileSync(tokens, `${token},admin,admin,"system:masters"\n`);

  const program = start(
    programs.apiServer,
    [
      `--etcd-servers=${etcdUrl}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/24',
      `--tls-cert-file=${serving.certFile}`,
      `--tls-private-key-file=${serving.keyFile}`,
      `--token-auth-file=${tokens}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${accounts.pubFile}`,
      `--service-account-signing-key-file=${accounts.keyFile}`,
      '--allow-privileged=true',
      ...args,
    ],
    join(folder, 'kube-apiserver.log'),
  );
  running.push(program);

  const apiServer: ApiServer = {
    url: `https://127.0.0.1:${port}`,
    token,
    ca: authority.cert,
    kubectl: programs.kubectl,
    kubeconfig: writeKubeconfig(folder, `https://127.0.0.1:${port}`, authority.certFile),
    logs: folder,
  };
  const kubernetes = new Kubernetes(apiServer);
  await untilReady('kube-apiserver is ready', program, () => kubernetes.isReady(), 90);
  await untilReady('system namespaces', program, () => kubernetes.hasNamespaces(), 30);
  return { apiServer, pid: program.pid };
}

function writeKubeconfig(folder: string, server: string, ca: string): string {
  const file = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority': ca } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'admin' } }],
    'current-context': 'e2e',
  };
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  return file;
}
