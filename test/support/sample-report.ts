import { createHash } from 'node:crypto';
import type { RunReport } from '../../src/cli/commands/sync/report/run-report.ts';
import { summarize } from '../../src/cli/commands/sync/summary.ts';
import type { Unlisted } from '../../src/mirror/find-unlisted.ts';
import type { Finding } from '../../src/mirror/finding.ts';
import type { Outcome } from '../../src/mirror/outcome.ts';
import { outcomeOf, plannedImage } from './outcome.ts';

/** Text as a registry or a list could have it to take over a page. */
export const hostile =
  '</script><script>parent.taken = 1</script><img src=x onerror="parent.taken=1"><!--';

const registries = ['docker.io', 'gcr.io', 'registry.k8s.io', 'quay.io'];
/** As container-mirror's list: 74,212 tags in 1,625 repositories. */
const tagsPerRepository = 46;

/** Returns the report of a run with outcomes of every kind, and most images present. */
export function sampleReport(count: number, unlisted?: Unlisted): RunReport {
  const outcomes = Array.from({ length: count }, (_, number) => sampleOutcome(number));
  const findings: Finding[] = [
    {
      code: 'unmatched',
      image: `unknown.example.com/${hostile}`,
      place: 'required-images.txt:7',
      message: 'no rule matches it, so it has no place in the mirror: add a rule',
    },
    {
      code: 'never',
      image: 'docker.io/evil/miner:1',
      place: 'l:8',
      message: 'sync.never names it',
    },
  ];
  return {
    rules: '/etc/detour/detour.yaml',
    started: new Date('2026-11-27T02:00:00Z'),
    ended: new Date('2026-11-27T02:03:20Z'),
    exitCode: 3,
    isExport: false,
    summary: summarize(outcomes, findings, 200_000),
    outcomes,
    findings,
    unlisted,
  };
}

/** What a mirror holds that no list names. */
export const sampleUnlisted: Unlisted = {
  repositories: [
    { repository: 'mirror.example.com/old/app', tags: ['1', '2', '3', '4', '5', '6', hostile] },
    { repository: 'mirror.example.com/redis', tags: ['6.0'] },
  ],
  seen: 40,
  referrers: 2,
  unseen: [`mirror.example.com: only the repositories that the lists name: ${hostile}`],
};

function sampleOutcome(number: number): Outcome {
  const repository = Math.floor(number / tagsPerRepository);
  const registry = registries[repository % registries.length] as string;
  const name = `organization-${repository % 97}/component-${repository}`;
  const tag = `v1.${number % tagsPerRepository}.0`;
  const place = `required-images.txt:${number + 1}`;
  const planned = {
    ...plannedImage(name),
    listed: [{ image: `${registry}/${name}:${tag}`, isRepository: false, place }],
    origins: [{ repository: { registry, name }, tag, digest: undefined }],
    destination: {
      repository: {
        registry: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
        name: `${registry.replace('.io', '')}/${name}`,
      },
      tag,
      digest: undefined,
    },
  };
  const digest = `sha256:${createHash('sha256').update(String(number)).digest('hex')}`;
  return outcomeOf(planned, { ...kindOf(number), digest });
}

function kindOf(number: number): Partial<Outcome> {
  const nothing = { milliseconds: 0 };
  switch (number % 40) {
    case 1:
      return {
        uploaded: 1_000 * number + 12_345_678,
        mounted: 4_096 * number,
        milliseconds: 1_800,
      };
    case 2:
      return { uploaded: 2_000, milliseconds: 90, warnings: [`signature refused: ${hostile}`] };
    case 3:
      return {
        ...nothing,
        status: 'failed',
        message: `docker.io: GET manifest: 404 MANIFEST_UNKNOWN: ${hostile}: check the name and the tag`,
      };
    case 4:
      return { ...nothing, status: 'deferred', message: 'docker.io allows no more pulls now' };
    default:
      return { ...nothing, status: 'present' };
  }
}
