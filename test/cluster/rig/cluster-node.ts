import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../../rig/process.ts';
import type { Cluster } from './cluster.ts';
import { kubeconfigOf } from './control-plane.ts';

/** The sandbox image of every Pod, from the local registry: nothing else can be reached. */
const pauseImage = (mirror: string) => `${mirror}/pause:1`;

/** Registries maps each registry to where the node pulls its images from. */
export type Registries = Readonly<Record<string, string>>;

/** Starts containerd, kubelet and kube-proxy. Returns when the node is Ready. */
export async function startNode(cluster: Cluster, registries: Registries): Promise<void> {
  const { folder, programs, mirror } = cluster.address;
  await cluster.pushFiles(pauseImage(mirror), {
    files: { '/pause': join(programs, 'pause') },
    command: ['/pause'],
  });
  const socket = startContainerd(cluster, registries);
  const kubelet = join(folder, 'kubelet.yaml');
  mkdirSync(cluster.staticPods);
  writeFileSync(
    kubelet,
    stringify({
      ...kubeletConfiguration(basename(folder), socket),
      staticPodPath: cluster.staticPods,
    }),
  );
  cluster.keepRunning('kubelet', [
    join(programs, 'kubelet'),
    `--config=${kubelet}`,
    `--kubeconfig=${kubeconfigOf(folder, 'node')}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    '--hostname-override=node1',
    '--node-ip=10.88.8.1',
  ]);
  cluster.keepRunning('kube-proxy', [
    join(programs, 'kube-proxy'),
    `--kubeconfig=${kubeconfigOf(folder, 'proxy')}`,
    '--hostname-override=node1',
    '--proxy-mode=iptables',
    '--cluster-cidr=10.88.9.0/24',
    // The machine's own limit, which is not the namespace's to set.
    '--conntrack-max-per-core=0',
  ]);
  await until('there is a node', () => cluster.isThere('node/node1'), 60);
  await cluster.wait('node/node1', 'condition=Ready');
  // No Pod is accepted before it.
  await until('service account', () => cluster.isThere('serviceaccount/default'), 30);
}

function startContainerd(cluster: Cluster, registries: Registries): string {
  const { folder, mirror } = cluster.address;
  const work = join(folder, 'containerd');
  const [network, hosts] = [join(work, 'net.d'), join(work, 'certs.d')];
  mkdirSync(network, { recursive: true });
  writeFileSync(join(network, '10-pods.conflist'), JSON.stringify(podNetwork));
  for (const [registry, address] of Object.entries(registries)) {
    mkdirSync(join(hosts, registry), { recursive: true });
    const toml = `[host."http://${address}"]\n  capabilities = ["pull", "resolve"]\n`;
    writeFileSync(join(hosts, registry, 'hosts.toml'), toml);
  }
  const socket = '/run/containerd/containerd.sock';
  writeFileSync(
    join(work, 'config.toml'),
    containerdConfiguration(work, { mirror, network, hosts }),
  );
  cluster.keepRunning('containerd', ['containerd', '--config', join(work, 'config.toml')]);
  return `unix://${socket}`;
}

function containerdConfiguration(
  work: string,
  { mirror, network, hosts }: { mirror: string; network: string; hosts: string },
): string {
  return `version = 2
root = "${work}/root"
state = "/run/containerd"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage(mirror)}"
  # Without CAP_SYS_RESOURCE, as in many a CI, no score can be lowered.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${network}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${hosts}"
`;
}

const podNetwork = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods0',
      isGateway: true,
      // A Pod may call a Service that leads back to itself.
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '10.88.9.0/24' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
} as const;

function kubeletConfiguration(controlGroup: string, socket: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: socket,
    address: '10.88.8.1',
    // Only what is in the namespaces reaches it.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${controlGroup}`,
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    // A full disk of the machine is not what is tested.
    evictionHard: { 'memory.available': '1Mi' },
    imageGCHighThresholdPercent: 100,
    syncFrequency: '10s',
  };
}
