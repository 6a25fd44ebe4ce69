/*
 * Measures what attacks cost others: for each attack a fresh server, good load of 200 reviews a
 * second, first alone and then next to the attack. Server, attacker and good load are three
 * processes. Prints a table; arguments name the attacks to run.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { rulesArguments } from '../../rig/evasions/rules-file.ts';
import { peakMemory, type RunningProgram, startProgram } from '../../rig/program.ts';
import { attacks } from '../attacks/all.ts';
import type { Attack } from '../attacks/attack.ts';
import type {
  AttackerOptions,
  AttackerReport,
  LoadOptions,
  LoadReport,
  Phase,
} from './messages.ts';
import { formatRow, heading } from './table.ts';

const perSecond = 200;
/**
 * How long good load runs before anything is measured, alone, next to the attack, and after its
 * end, in seconds.
 */
const warmUp = 3;
const baseline = 5;
const underAttack = Number(process.env.ATTACK_SECONDS ?? 15);
const after = 1;

/**
 * How gladly the attacker gives way to others. A real attacker has processors of its own: it must
 * not take those of the server, nor the time in which good load would have seen an answer.
 */
const attackerNiceness = 10;

interface Programs {
  readonly attacker: string;
  readonly goodLoad: string;
}

export { attacks };

/** Measures the attacks of these names, or all, and prints a row of a table for each. */
export async function measureAttacks(names: readonly string[], programs: Programs): Promise<void> {
  takePriority();
  console.log(heading);
  for (const attack of attacks) {
    if (names.length > 0 && !names.includes(attack.name)) continue;
    console.log(formatRow(attack, await measure(attack, programs)));
  }
}

/** Measured is what one attack cost, in a run with a fresh server. */
export interface Measured {
  readonly load: LoadReport;
  readonly attacker: AttackerReport;
  /** In MiB: the most before the attack, and in all. */
  readonly memoryBefore: number;
  readonly peakMemory: number;
  /** Whether the server ended by itself. */
  readonly hasEnded: boolean;
}

async function measure(attack: Attack, programs: Programs): Promise<Measured> {
  const server = await startProgram({}, { args: rulesArguments(attack.rules) });
  const load = startLoad(server, programs);
  for (const pid of [server.pid, load.pid]) setPriority(pid, priority.measured);
  try {
    await sleep(warmUp * 1_000);
    load.send('baseline' satisfies Phase);
    await sleep(baseline * 1_000);
    const memoryBefore = peakMemory(server.pid);
    load.send('attack' satisfies Phase);
    const attacker = startAttacker(attack, server, programs);
    await sleep(underAttack * 1_000);
    load.send('after' satisfies Phase);
    const attackerReport = await report<AttackerReport>(attacker, 'stop');
    await sleep(after * 1_000);
    const loadReport = await report<LoadReport>(load, 'end');
    const hasEnded = server.exitCode() !== null;
    const peak = hasEnded ? Number.NaN : peakMemory(server.pid);
    return { load: loadReport, attacker: attackerReport, memoryBefore, peakMemory: peak, hasEnded };
  } finally {
    load.kill();
    await server.stop();
  }
}

function startLoad({ url }: RunningProgram, { goodLoad }: Programs): ChildProcess {
  const options: LoadOptions = { url: url.href, perSecond };
  return fork(goodLoad, [JSON.stringify(options)]);
}

function startAttacker(
  { name }: Attack,
  { url, healthUrl }: RunningProgram,
  { attacker }: Programs,
): ChildProcess {
  const target = { host: url.hostname, port: Number(url.port), healthPort: Number(healthUrl.port) };
  const options: AttackerOptions = { name, target };
  const usual = ['--other', '0', 'nice', '-n', String(attackerNiceness), process.execPath];
  return fork(attacker, [JSON.stringify(options)], { execPath: 'chrt', execArgv: usual });
}

/**
 * Priorities over other programs, so that other work on the machine is not measured. This program
 * has the higher one: if what it measures never rests, it must still end it.
 */
const priority = { measured: 1, this: 2 } as const;

function takePriority(): void {
  if (!setPriority(process.pid, priority.this))
    console.log('Without priority over other programs, which takes root.');
}

/** Sets the priority of a program's threads. Reports false if it may not. */
function setPriority(pid: number | undefined, level: number): boolean {
  const args = ['--all-tasks', '--fifo', '--pid', String(level), String(pid)];
  return spawnSync('chrt', args).status === 0;
}

/** How long a program may take to report, in milliseconds: what is overloaded never does. */
const maxReport = 30_000;

/** Ends a program by a message, and gives what it reports. */
async function report<T>(child: ChildProcess, message: string): Promise<T> {
  const reported = once(child, 'message', { signal: AbortSignal.timeout(maxReport) });
  const ended = once(child, 'exit').then(() => {
    throw new Error('a program ended without a report');
  });
  child.send(message);
  const [report] = await Promise.race([reported, ended]);
  return report as T;
}
