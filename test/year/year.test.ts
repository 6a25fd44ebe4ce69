import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject, test } from 'vitest';
import { image } from '../cluster/load/disturb.ts';
import { underLoad } from '../cluster/load/load.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { Product } from '../cluster/rig/product.ts';
import { defaultMirror } from '../rig/kubernetes-object.ts';
import { deal } from './deck.ts';
import type { Drill } from './drill.ts';
import { drills } from './drills/all.ts';
import { failOpenReasons } from './fail-open.ts';
import { judge, type Outcome } from './outcome.ts';
import { Release } from './release.ts';
import { Scene } from './scene.ts';
import { formatOutcome, formatTable } from './table.ts';

/* A year of operation in an hour: a drill each minute, under load all the time. */

const minutes = Number(process.env.YEAR_MINUTES ?? 60);
const seed = Number(process.env.YEAR_SEED ?? Date.now() % 1_000_000);
/** For who works on a drill: only those whose name has this in it. */
const only = process.env.YEAR_DRILLS ?? '';
const perSecond = Number(process.env.YEAR_PER_SECOND ?? 50);
const drillSeconds = Number(process.env.YEAR_DRILL_SECONDS ?? 55);

const cluster = new Cluster(inject('cluster'));
/** Certificate and CA are replaced all the time, at any drill. */
const lifetimes = ['--certificate-lifetime=240s', '--ca-lifetime=480s', '--ca-overlap=60s'];
const product = new Product(cluster, 'year', { replicas: 2, extraArgs: lifetimes });
const release = new Release(cluster, product, {
  webhook: { failurePolicy: 'Ignore' },
  rules: {
    content: {
      version: 1,
      annotate: true,
      rules: [
        { from: 'k8s.gcr.io', to: `${defaultMirror}/gcr/google_containers` },
        { from: 'docker.io', to: `${defaultMirror}/dockerhub` },
        { from: 'quay.io', to: `${defaultMirror}/quay` },
      ],
    },
  },
});

beforeAll(async () => {
  const standIn = {
    files: { '/pause': join(cluster.address.programs, 'pause') },
    command: ['/pause'],
  };
  const { mirror } = cluster.address;
  await cluster.pushFiles(`${mirror}/gcr/google_containers/pause:3.1`, standIn);
  await cluster.createNamespace('load', 'privileged');
  await product.install(release.values);
  return () => product.uninstall();
});

/** Prints a line, and keeps it next to the logs of the cluster. */
function say(line: string): void {
  const stamped = `${new Date().toISOString().slice(11, 19)} ${line}`;
  appendFileSync(join(cluster.address.folder, 'log', 'year.log'), `${stamped}\n`);
  console.log(stamped);
}

test(`a year in ${minutes} minutes, seed ${seed}: nothing is lost but what is promised`, {
  timeout: (minutes + 15) * 60_000,
}, async () => {
  const outcomes: Outcome[] = [];
  const end = Date.now() + minutes * 60_000;
  const chosen = drills.filter(({ name }) => name.includes(only));
  for (const drill of deal(chosen, seed)) {
    if (Date.now() > end) break;
    say(`${drill.name} …`);
    const outcome = await happen(drill);
    say(formatOutcome(outcome));
    outcomes.push(outcome);
  }
  console.log(`${outcomes.length} drills, YEAR_SEED=${seed}\n\n${formatTable(outcomes)}`);
  const faults = outcomes.flatMap(({ drill, faults: all }) => all.map((each) => [drill, each]));
  expect(faults).toEqual([]);
});

/** Does a drill under load, and waits until all is as before, or says what is not. */
async function happen(drill: Drill): Promise<Outcome> {
  const scene = new Scene(release);
  const load = {
    configuration: product.name,
    namespace: 'load',
    image,
    perSecond,
    freshEvery: drill.isWithoutWebhook ? 0 : 10,
    seconds: drillSeconds,
  };
  const logged = cluster.log('kube-apiserver').length;
  const report = await underLoad(cluster, load, async () => {
    await drill.run(scene).catch(async (error: Error) => {
      scene.fault(`failed: ${error.message}`);
      await release.takeBack().catch(() => undefined);
    });
    await release.settle().catch((error: Error) => scene.fault(`not as before: ${error.message}`));
    await sleep(1_000);
  });
  const { windows } = scene.expected;
  if (windows.length > 0 && drill.promise === undefined)
    scene.fault('it may lose something, but names no promise');
  const reasons = failOpenReasons(cluster.log('kube-apiserver').slice(logged));
  return judge(report, { drill: drill.name, reasons, ...scene.expected });
}
