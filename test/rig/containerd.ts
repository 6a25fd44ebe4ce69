import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/**
 * Containerd is the containerd on the PATH, with nothing but its content store; `ctr` does the
 * pulling itself.
 */
export class Containerd {
  readonly address: string;
  readonly #process: ChildProcess;

  private constructor(address: string, process: ChildProcess) {
    this.address = address;
    this.#process = process;
  }

  static async start(folder: string): Promise<Containerd> {
    const address = join(folder, 'containerd.sock');
    const config = join(folder, 'config.toml');
    const lines = [
      'version = 2',
      `root = "${folder}/root"`,
      `state = "${folder}/state"`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      '[grpc]',
      `  address = "${address}"`,
    ];
    await writeFile(config, lines.join('\n'));
    const process = spawn('containerd', ['-c', config], { stdio: 'ignore' });
    for (let tries = 0; !existsSync(address); tries++) {
      if (tries > 300 || process.exitCode !== null) throw new Error('containerd did not start');
      await setTimeout(100);
    }
    return new Containerd(address, process);
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await once(this.#process, 'exit');
  }
}
