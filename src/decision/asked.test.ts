import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { firstSegments } from '../../test/target/rig/first-segments.ts';
import { canonicalHost } from '../reference/docker-hub.ts';
import { nodeReference, parseReference, type Reference } from '../reference/reference.ts';
import { loadRules } from '../rules/load.ts';
import { maxHostLength } from '../rules/origin.ts';
import { placeOf } from '../rules/place.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';

/**
 * Whom containerd 2 and CRI-O ask for each image that the kubelet sends to them
 * (test/fixtures/README.md).
 */
interface Vector {
  readonly image: string;
  /** Host and repository; undefined if it asks nobody. */
  readonly containerd?: string;
  readonly crio?: readonly string[];
}

const vectors = readFileSync('test/fixtures/asked.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

const inDefault = { namespace: 'default' };

function rulesOf(...rules: object[]): RuleSet {
  return loadRules(JSON.stringify({ version: 1, bypass: false, rules })).ruleSet as RuleSet;
}

const hostOf = (asked = '') => canonicalHost(asked.split(' ')[0] as string);

test('there are 2,519 vectors, of which 267 have a host that the grammar does not take for one', () => {
  expect(vectors).toHaveLength(2519);
  const isWithout = ({ image }: Vector) => parseReference(image)?.registry === '';
  expect(vectors.filter(isWithout)).toHaveLength(267);
});

test('what the kubelet refuses is no reference, and what it takes is one', () => {
  const taken = firstSegments().filter((image) => parseReference(image) !== undefined);
  expect(taken).toEqual(vectors.map(({ image }) => image));
});

/**
 * What rules see of an image, in the form of the vectors: Docker Hub's registry has another name
 * than its images.
 */
function seen({ image }: Vector): string {
  const reference = nodeReference(image) as Reference;
  const { host, repository } = placeOf(reference);
  return `${host} ${repository}`;
}

/**
 * The same of whom a node asks. Under `registry-1.docker.io` it asks for `busybox`, which rules
 * take for `library/busybox`.
 */
function asked(text: string): string {
  const [registry = '', repository = ''] = text.split(' ');
  const host = canonicalHost(registry);
  const isOfficial = host === 'docker.io' && !repository.includes('/');
  return `${host} ${isOfficial ? 'library/' : ''}${repository}`;
}

test('rules see the host and the repository that containerd asks', () => {
  const sent = vectors.filter(({ containerd }) => containerd !== undefined);
  expect(sent.map((each) => [each.image, seen(each)])).toEqual(
    sent.map((each) => [each.image, asked(each.containerd as string)]),
  );
  expect(sent.length).toBeGreaterThan(2_450);
});

test('CRI-O asks them too, or its search registries for a short name, or nobody', () => {
  for (const each of vectors) {
    const { image, crio = [] } = each;
    const isShort =
      parseReference(image)?.registry === '' || !/^[^/]*[.:].*\/|^localhost\//.test(image);
    const wanted = isShort ? ['docker.io', 'search.example'] : [hostOf(seen(each))];
    if (crio.length > 0) expect(crio.map(hostOf), image).toEqual(wanted);
  }
});

describe('of every image that a node would ask for', () => {
  const any = vectors.filter(({ containerd, crio }) => containerd !== undefined || crio);

  test('deny for * denies it', () => {
    const ruleSet = rulesOf({ from: '*', deny: 'no' });
    const kept = any.filter(({ image }) => decide(image, ruleSet, inDefault).action !== 'deny');
    expect(kept).toEqual([]);
  });

  test('a rule can name its host, and decides', () => {
    const rules = new Map<string, RuleSet>();
    for (const { image, containerd } of any) {
      if (containerd === undefined) continue;
      const [host = ''] = containerd.split(' ');
      // Only `*` matches a host that is longer than DNS has any.
      if (host.length > maxHostLength) continue;
      if (!rules.has(host)) rules.set(host, rulesOf({ from: host, deny: 'no' }));
      const { decision, considered } = explain(image, rules.get(host) as RuleSet, inDefault);
      expect([image, host, decision.action, considered.length]).toEqual([image, host, 'deny', 1]);
    }
  });

  test('to for * sends it to the mirror, in form of a reference that stays there', () => {
    const ruleSet = rulesOf({ from: '*', to: 'm.example/all/${registry}' });
    for (const { image } of any) {
      const { action, reason, image: becomes } = decide(image, ruleSet, inDefault);
      if (reason === 'unwritable') {
        // A path has no capitals and no brackets, and a name is at most 255 long.
        expect(image).toMatch(/^[^/]*[A-Z[]|^.{230}/);
        continue;
      }
      expect([image, action, parseReference(becomes)?.registry]).toEqual([
        image,
        'rewrite',
        'm.example',
      ]);
      expect(decide(becomes, ruleSet, inDefault).reason).toBe('already-mirrored');
    }
  });
});
