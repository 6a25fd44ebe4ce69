import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { buildOnce } from '../../rig/build-once.ts';

/** Builds a program of a node once, and returns where it is. */
export function buildNodeProgram(name: 'kubelet' | 'keyring' | 'crio' | 'containerd'): string {
  return buildOnce('test/target/build-node.sh', name);
}

/** KubeletPull is what the kubelet did with an image: it sent it to the runtime, or refused it. */
export interface KubeletPull {
  readonly image: string;
  readonly sent?: string;
  readonly refused?: string;
  /** The runtime's error, which names whom it asked: nobody can be reached. */
  readonly answer?: string;
}

/**
 * Runs a containerd with its Container Runtime Interface in a network of its own, lets the
 * kubelet's own code pull the images with it one after the other, and returns what came of each.
 */
export async function pullWithKubelet(
  containerd: string,
  images: readonly string[],
  folder: string,
): Promise<KubeletPull[]> {
  await mkdir(folder, { recursive: true });
  const socket = join(folder, 'containerd.sock');
  const config = join(folder, 'config.toml');
  await writeFile(config, configuration(folder, socket));
  const daemon = spawnAlone(containerd, ['--config', config], 'ignore');
  try {
    for (let tries = 0; !existsSync(socket); tries++) {
      if (tries > 600 || daemon.exitCode !== null) throw new Error(`${containerd} did not start`);
      await setTimeout(100);
    }
    return await runLines<KubeletPull>(buildNodeProgram('kubelet'), [socket], images);
  } finally {
    daemon.kill('SIGKILL');
    if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * In a network without any address, by a proxy that is not there: no name is looked up, nobody
 * hears of the test, and each request fails with an error that names its URL.
 */
function spawnAlone(program: string, args: readonly string[], stdio: StdioOptions) {
  const proxy = 'http://127.0.0.1:1';
  const env = { ...process.env, HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '' };
  return spawn('unshare', ['--net', program, ...args], { stdio, env });
}

function configuration(folder: string, socket: string): string {
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  # The network has no address, not even one for the machine itself.
  stream_server_address = "0.0.0.0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    conf_dir = "${folder}/net.d"
`;
}

/** Gives a program each input as a line of JSON, and returns its answers, a line of JSON each. */
export async function runLines<Answer>(
  program: string,
  args: readonly string[],
  inputs: readonly unknown[],
): Promise<Answer[]> {
  const child = spawnAlone(program, args, ['pipe', 'pipe', 'ignore']);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  child.stdin?.end(inputs.map((input) => `${JSON.stringify(input)}\n`).join(''));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}
