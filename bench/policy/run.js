/**
 * Measures how much processor time a compiled MutatingAdmissionPolicy takes, and compares it with
 * the webhook, with a policy that only writes a constant for as many images (the floor), and with
 * neither. Each of these has its own namespace, and they take turns, so that other work on the
 * machine affects them alike.
 */
import { describe } from '../admission/statistics.js';
import { compiledPolicy, floorPolicy, podOf, rulesFile } from './cases.js';
import { cpuMilliseconds } from './cpu.js';
import { containerLimit } from './limit.js';
import { formatCase, formatLimit, heading } from './report.js';
import { applyFor, createNamespace, startRig, startWebhook, untilChanged } from './rig.js';

/**
 * How many Pods each case creates before it is the turn of the next: enough that the API server
 * collects their garbage within the turn.
 */
const batch = 200;
const rounds = Number(process.argv[2] ?? 5);

const rig = await startRig();
try {
  console.log(heading);
  const limits = [];
  for (const ruleCount of [10, 100]) limits.push(await measureRules(ruleCount));
  console.log(`\n${limits.join('\n')}`);
} finally {
  await rig.stop();
}

/** Prints the table's lines of a number of rules, and returns how many containers they rewrite. */
async function measureRules(ruleCount) {
  const webhook = await startWebhook(rig, rulesFile(ruleCount), nameOf('webhook', ruleCount));
  try {
    const cases = await createCases(ruleCount, webhook.pid);
    const [, , , policy] = cases;
    for (const containers of [1, 5, 20]) {
      const measured = await measure(cases, podOf(containers));
      for (const line of formatCase(ruleCount, containers, measured)) console.log(line);
    }
    return formatLimit(ruleCount, await limitsOf(policy.create));
  } finally {
    await webhook.stop();
  }
}

/** Creates the namespaces, and what changes the Pods in them. */
async function createCases(ruleCount, webhookPid) {
  const name = (kind) => nameOf(kind, ruleCount);
  const create = async (kind, text) => {
    const created = await createNamespace(rig, name(kind));
    if (text !== undefined) applyFor(rig, text, name(kind));
    if (kind !== 'none') await untilChanged(rig, created, name(kind));
    return created;
  };
  const policy = compiledPolicy(rulesFile(ruleCount), name('policy'));
  return /** @type {const} */ ([
    { kind: 'none', create: await create('none'), pids: [rig.pid] },
    { kind: 'floor', create: await create('floor', floorPolicy(name('floor'))), pids: [rig.pid] },
    { kind: 'webhook', create: await create('webhook'), pids: [rig.pid, webhookPid] },
    { kind: 'policy', create: await create('policy', policy), pids: [rig.pid] },
  ]);
}

function nameOf(kind, ruleCount) {
  return `${kind}-${ruleCount}`;
}

/** Returns, for each case, the CPU time of a create in milliseconds, and the times of all creates. */
async function measure(cases, pod) {
  const measured = cases.map(({ kind }) => ({ kind, cpu: [], times: [] }));
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < cases.length; turn++) {
      const index = (turn + round + 1) % cases.length;
      const { cpu, times } = await measureBatch(cases[index], pod);
      if (round < 0) continue;
      measured[index].cpu.push(cpu);
      measured[index].times.push(...times);
    }
  }
  return measured.map(({ kind, cpu, times }) => ({ kind, cpu: describe(cpu)?.median, times }));
}

async function measureBatch({ create, pids }, pod) {
  const used = () => pids.reduce((sum, pid) => sum + cpuMilliseconds(pid), 0);
  const times = [];
  const before = used();
  for (let count = 0; count < batch; count++) {
    const start = performance.now();
    await create(pod);
    times.push(performance.now() - start);
  }
  return { cpu: (used() - before) / batch, times };
}

async function limitsOf(create) {
  const usual = 'quay.io/prometheus/node-exporter:v1.8.2';
  const longest = `quay.io/${'a'.repeat(170)}:${'t'.repeat(128)}@sha512:${'0'.repeat(128)}`;
  return {
    usual: await containerLimit(create, usual),
    longest: await containerLimit(create, longest),
  };
}
