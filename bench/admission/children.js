import { spawn } from 'node:child_process';

const running = new Set();

/** Starts a process that will not outlive the benchmark. */
export function startChild(command, args, options) {
  const child = spawn(command, args, options);
  running.add(child);
  child.once('close', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** Runs a process to its end and returns what it wrote; kills it when it takes too long. */
export async function runChild(command, args, { timeoutMs, ...options }) {
  const child = startChild(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const code = await waitForEnd(child).finally(() => clearTimeout(timer));
  const text = Buffer.concat(output).toString();
  if (code !== 0) throw new Error(`${command} ended with ${code ?? 'a signal'}:\n${text}`);
  return text;
}

/** Kills a process, and waits for its end if it has not ended yet. */
export function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  const end = waitForEnd(child);
  child.kill('SIGKILL');
  return end;
}

/** Kills every process that startChild started, without waiting for their ends. */
export function killAllChildren() {
  for (const child of running) child.kill('SIGKILL');
}

function waitForEnd(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
