import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../../rig/registry/accounts.ts';
import {
  type FakeRegistry,
  type RegistryOptions,
  startRegistry,
} from '../../rig/registry/registry.ts';
import { TokenService } from '../../rig/registry/token-service.ts';
import { findBrokenTags, findMissing } from '../../rig/registry/walk.ts';
import { startSync } from './detour-sync.ts';
import { exampleImages } from './example-images.ts';
import { type Random, randomOf } from './random.ts';
import { randomEffect } from './random-faults.ts';

/** Round is what became of one mirror that was filled in spite of faults. */
export interface Round {
  /** By their kinds. */
  readonly faults: Readonly<Record<string, number>>;
  /** What was wrong with tags of the mirror, at any moment. */
  readonly broken: readonly string[];
  /** What the last run, which met no fault, left undone, and what it wrote. */
  readonly unfinished: readonly string[];
}

/** One in so many requests meets a fault. */
const oneIn = 5;
const runsWithFaults = 3;

/**
 * Fills a mirror in several runs, of which the last meets no fault. The mirror takes a manifest
 * before its blobs, and a blob without a look at its bytes: only what the program sends, and in
 * which order, keeps its tags whole.
 */
export async function runRound(folder: string, seed: number): Promise<Round> {
  const random = randomOf(seed);
  const source = await startRegistry({ store: exampleImages(random) });
  const mirror = await startRegistry(randomMirror(random));
  const chunk = random.pick([{}, {}, { chunk: '64KiB' }]);
  const faults: Record<string, number> = {};
  const broken = watchTags(mirror);
  for (let run = 0; run < runsWithFaults; run += 1) {
    armFaults(source, `${seed} source ${run}`, faults);
    armFaults(mirror, `${seed} mirror ${run}`, faults);
    const { code } = await fill(folder, source, mirror, { ...chunk, killAt: random.below(120) });
    if (code === 'SIGKILL') faults.SIGKILL = (faults.SIGKILL ?? 0) + 1;
    await broken.check();
  }
  source.faults.clear();
  mirror.faults.clear();
  const { code, output } = await fill(folder, source, mirror, chunk);
  await broken.check();
  const missing = [...source.store.repositories].flatMap(([name, repository]) =>
    findMissing(repository, mirror.store.repository(`mirror/${name}`)),
  );
  await Promise.all([source.close(), mirror.close()]);
  const isDone = code === 0 && missing.length === 0;
  return {
    faults,
    broken: [...broken.found],
    unfinished: isDone ? [] : [...missing, `${code}`, output],
  };
}

const account: Account = { username: 'alice', password: 'secret' };

/** Some mirrors want a login, and their tokens expire while they are filled. */
function randomMirror(random: Random): RegistryOptions {
  const isOneIn = (number: number) => random.below(number) === 0;
  const noReferrers = isOneIn(2);
  const tokens = new TokenService({ accounts: [account], lifetime: random.pick([2, 300]) });
  return {
    ...(isOneIn(2) && { access: { scheme: 'bearer', tokens } }),
    quirks: {
      sparseManifests: true,
      believesDigests: true,
      noReferrers,
      relativeLocation: isOneIn(2),
      noMounts: isOneIn(3),
      mountsAfterManifest: isOneIn(3),
      // The tag that lists referrers must move.
      ...(isOneIn(3) && !noReferrers && { immutableTags: 'TAG_INVALID' }),
    },
  };
}

/** Writes the login as `docker login` does. */
function dockerConfig(folder: string, { host }: FakeRegistry): NodeJS.ProcessEnv {
  const { username, password } = account;
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return { DOCKER_CONFIG: folder };
}

/**
 * What a request meets depends on the request and how often it was sent, and not on the order in
 * which requests happen to arrive.
 */
function armFaults(registry: FakeRegistry, seed: string, met: Record<string, number>): void {
  const times = new Map<string, number>();
  registry.faults.clear();
  registry.faults.add({
    effect: (request) => {
      const key = `${request.method} ${request.path.replace(/uploads\/.+/, 'uploads')}`;
      const count = (times.get(key) ?? 0) + 1;
      times.set(key, count);
      const random = randomOf(`${seed} ${key} ${count}`);
      if (random.below(oneIn) > 0) return undefined;
      const effect = randomEffect(request, random);
      const name = effect.kind === 'answer' ? `${effect.status}` : effect.kind;
      met[name] = (met[name] ?? 0) + 1;
      return effect;
    },
  });
}

interface FillOptions {
  /** Which request of the mirror's the program does not survive. */
  readonly killAt?: number;
  /** As the rules file says it. */
  readonly chunk?: string;
}

/** Runs the program. */
async function fill(
  folder: string,
  source: FakeRegistry,
  mirror: FakeRegistry,
  { killAt, ...facts }: FillOptions,
) {
  const plainHttp = { plainHttp: true };
  const run = startSync(folder, {
    env: dockerConfig(folder, mirror),
    rules: {
      registries: { [source.host]: plainHttp, [mirror.host]: { ...plainHttp, ...facts } },
      rules: [{ from: source.host, to: `${mirror.host}/mirror` }],
    },
    list: [...source.store.repositories].flatMap(([name, { tags }]) =>
      [...tags.keys()].map((tag) => `${source.host}/${name}:${tag}`),
    ),
  });
  const before = mirror.requests.length;
  if (killAt !== undefined) {
    mirror.faults.add({
      on: () => mirror.requests.length - before === killAt,
      effect: () => {
        run.process.signal('SIGKILL');
        return undefined;
      },
    });
  }
  return { code: await run.ended, output: run.output() };
}

/** Checks the tags of a mirror after each request to it. */
function watchTags(mirror: FakeRegistry) {
  const checked = new WeakSet();
  const found = new Set<string>();
  const check = async () => {
    for (const problem of await findBrokenTags(mirror.store, checked)) found.add(problem);
  };
  mirror.onEnd = ({ method, fault }) => {
    if (method === 'PUT' || fault !== undefined) void check();
  };
  return { found, check };
}
