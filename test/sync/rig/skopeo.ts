import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Returns skopeo, which reads no settings of this machine. Its own are in `folder`. */
export function skopeoIn(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): (...args: readonly string[]) => Promise<string> {
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
  const env = { PATH: process.env.PATH, HOME: folder, ...environment };
  return async (...args) => {
    const { stdout } = await promisify(execFile)('skopeo', ['--policy', policy, ...args], { env });
    return stdout;
  };
}
