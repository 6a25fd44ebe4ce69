import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rulesFile } from '../../test/support/arbitrary-rules.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { type Listed, listedAt } from './listed.ts';
import { formatLocated } from './located.ts';
import { ShardPart, shardOf } from './shard.ts';
import { wantedImages } from './wanted.ts';

const images = fc.uniqueArray(
  fc.constantFrom(
    'a',
    'docker.io/a',
    'busybox',
    'library/busybox',
    'busybox:1',
    'library/busybox:latest',
    'docker.io/a/busybox:1',
    'gcr.io/a:1',
    'eu.gcr.io/a/b:v1.2_3',
    'quay.io/a/b:1',
    'm.example/x/a:1',
    'localhost/a:1',
    'host_name.io/a:1',
    'unknown.example/a:1',
  ),
  { minLength: 1 },
);

/** Plans as a run of a shard does, with one tag for each repository that it looks at. */
function planShard(listed: readonly Listed[], ruleSet: RuleSet, index: number, count: number) {
  const part = new ShardPart(listed, ruleSet, { index, count });
  const expanded = part.listed.map(({ place, image, isRepository }) =>
    listedAt(place, isRepository ? `${image}:1` : image, false, undefined),
  );
  const { wanted, findings } = wantedImages(expanded, ruleSet);
  return {
    wanted: wanted
      .filter(({ destination }) => part.fills(destination))
      .map(({ destination, sources }) => [
        formatLocated(destination),
        sources.map((source) => source.listed.place),
      ]),
    findings: findings.filter((finding) => part.reports(finding)),
  };
}

test('each name and each finding belongs to exactly one shard', () => {
  fc.assert(
    fc.property(rulesFile, images, fc.integer({ min: 1, max: 5 }), (file, names, count) => {
      const { ruleSet } = loadRules(JSON.stringify(file));
      if (ruleSet === undefined) return;
      const listed = names.map((image, at) => {
        const isRepository = !/:[^/]*$/.test(image) && at % 2 === 0;
        return listedAt(`l:${at + 1}`, image, isRepository, undefined);
      });
      const whole = planShard(listed, ruleSet, 0, 1);
      const shards = Array.from({ length: count }, (_, at) =>
        planShard(listed, ruleSet, at, count),
      );
      const sorted = (all: readonly unknown[]) => all.map((one) => JSON.stringify(one)).toSorted();
      expect(sorted(shards.flatMap(({ wanted }) => wanted))).toEqual(sorted(whole.wanted));
      expect(sorted(shards.flatMap(({ findings }) => findings))).toEqual(sorted(whole.findings));
    }),
  );
});

function rulesOf(rules: string): RuleSet {
  return loadRules(`version: 1\nrules: ${rules}`).ruleSet as RuleSet;
}

test('a shard does not look at a repository that it does not fill', () => {
  const ruleSet = rulesOf('[{from: quay.io, to: m.example}]');
  const listed = [listedAt('l:1', 'quay.io/a', true, undefined)];
  const filling = shardOf({ registry: 'm.example', name: 'a' }, 3);
  const looking = [0, 1, 2].filter((index) => {
    return new ShardPart(listed, ruleSet, { index, count: 3 }).listed.length > 0;
  });
  expect(looking).toEqual([filling]);
});

test('a tag with a rule of its own is found in the shard that has its destination', () => {
  const ruleSet = rulesOf(
    '[{from: quay.io, to: m.example}, {from: "quay.io/a:1", to: "m.example/own/a1:1"}]',
  );
  const listed = [listedAt('l:1', 'quay.io/a', true, undefined)];
  for (const name of ['a', 'own/a1']) {
    const index = shardOf({ registry: 'm.example', name }, 7);
    expect(new ShardPart(listed, ruleSet, { index, count: 7 }).listed).toEqual(listed);
  }
});

test('the shard of a repository never changes, so that runs of all versions agree', () => {
  const shards = ['dockerhub/library/nginx', 'kubernetes/pause', 'quay/org/app'].map((name) =>
    shardOf({ registry: 'mirror.example.com', name }, 3),
  );
  expect(shards).toMatchInlineSnapshot(`
    [
      1,
      0,
      0,
    ]
  `);
});

test('a rule for the tag latest does not hide where the other tags go', () => {
  const ruleSet = rulesOf(
    '[{from: quay.io, to: m.example}, {from: "quay.io/a:latest", to: "m.example/own/a1:1"}]',
  );
  const listed = [listedAt('l:1', 'quay.io/a', true, undefined)];
  const index = shardOf({ registry: 'm.example', name: 'a' }, 7);
  expect(new ShardPart(listed, ruleSet, { index, count: 7 }).listed).toEqual(listed);
});

test('a finding about an entry of several shards is reported by one of them', () => {
  const { ruleSet } = loadRules(
    'version: 1\nrules: [{from: docker.io, to: m.example}]\nsync: {never: ["nginx:1"]}',
  );
  const rules = ruleSet as RuleSet;
  const listed = [listedAt('l:1', 'nginx:1', false, undefined)];
  const count = 7;
  const all = Array.from({ length: count }, (_, index) => index);
  // `nginx` and `library/nginx` have a place each.
  const looking = all.filter((index) => new ShardPart(listed, rules, { index, count }).listed[0]);
  expect(looking).toHaveLength(2);
  const findings = all.flatMap((index) => planShard(listed, rules, index, count).findings);
  expect(findings).toMatchObject([{ code: 'never', place: 'l:1' }]);
});
