// What a server has used, with its children, as Linux counts it in /proc.
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ, the same on every Linux architecture that Node runs on
const mebibyte = 1024 * 1024;

/** Returns the user and system CPU time of a process and its descendants, in seconds. */
export function readCpuSeconds(pid) {
  const ticks = listTree(pid).map(({ fields }) => Number(fields[11]) + Number(fields[12]));
  return sum(ticks) / ticksPerSecond;
}

/** Returns the resident memory of a process and its descendants, in MiB. */
export function readResidentMebibytes(pid) {
  return sum(listTree(pid).map(({ pid: member }) => readResidentBytes(member))) / mebibyte;
}

function listTree(root) {
  const processes = listProcesses();
  const tree = new Set([root]);
  let size = 0;
  while (size !== tree.size) {
    size = tree.size;
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid);
  }
  return processes.filter(({ pid }) => tree.has(pid));
}

function listProcesses() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => readProcess(Number(pid)) ?? []);
}

/** The fields of /proc/PID/stat after the command's name, which may hold spaces; see proc(5). */
function readProcess(pid) {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(fields[1]), fields };
}

function readResidentBytes(pid) {
  const status = readIfThere(`/proc/${pid}/status`) ?? '';
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0;
  return Number(kibibytes) * 1024;
}

/** Processes end while they are being listed. */
function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
