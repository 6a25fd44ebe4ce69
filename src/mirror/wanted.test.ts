import { describe, expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { Choice } from './choice.ts';
import { formatLocated } from './located.ts';
import { overwriteWithin, whyStanding } from './standing.ts';
import { wantedImages } from './wanted.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function rulesOf(rules: string, more = ''): RuleSet {
  const { ruleSet, diagnostics } = loadRules(
    `version: 1\nmirror: m.example\nrules:\n${rules}\n${more}`,
  );
  if (ruleSet === undefined) throw new Error(JSON.stringify(diagnostics));
  return ruleSet;
}

function wish(ruleSet: RuleSet, ...images: string[]) {
  const listed = images.map((image, index) => ({
    image,
    isRepository: false,
    place: `l:${index + 1}`,
  }));
  const { wanted, findings } = wantedImages(listed, ruleSet);
  return {
    wanted: wanted.map(({ destination, sources, isFixed }) => ({
      to: formatLocated(destination),
      from: sources.map(({ origins }) => origins.map(formatLocated)),
      ...(isFixed && { isFixed }),
    })),
    findings: findings.map(({ code, image }) => `${code} ${image}`),
  };
}

describe('each spelling of an official image gets its name', () => {
  const origins = [['docker.io/library/nginx:1.27']];

  test.each([
    'nginx:1.27',
    'library/nginx:1.27',
    'docker.io/nginx:1.27',
    'docker.io/library/nginx:1.27',
    'index.docker.io/library/nginx:1.27',
    'registry-1.docker.io/nginx:1.27',
  ])('%s, if the rule appends it as written', (image) => {
    const { wanted } = wish(rulesOf('- {from: docker.io, to: m.example/hub}'), image);
    expect(wanted.toSorted((a, b) => (a.to < b.to ? -1 : 1))).toEqual([
      { to: 'm.example/hub/library/nginx:1.27', from: origins },
      { to: 'm.example/hub/nginx:1.27', from: origins },
    ]);
  });

  test.each([
    ['always', 'm.example/hub/library/nginx:1.27'],
    ['never', 'm.example/hub/nginx:1.27'],
  ])('one, if the rule says library: %s', (library, to) => {
    const rules = rulesOf(`- {from: docker.io, to: m.example/hub, library: ${library}}`);
    expect(wish(rules, 'nginx:1.27', 'docker.io/library/nginx:1.27')).toEqual({
      wanted: [{ to, from: origins }],
      findings: [],
    });
  });

  test('nothing else has two spellings', () => {
    const rules = rulesOf('- {from: docker.io, to: m.example/hub}');
    expect(wish(rules, 'bitnami/redis:7').wanted).toHaveLength(1);
  });
});

describe('rules for some namespaces', () => {
  const rules = rulesOf(`- {from: quay.io, to: m.example/quay}
- {from: quay.io/team, to: m.example/team, namespaces: {include: [team-*], exclude: [team-x]}}
- {from: quay.io/team/app, to: m.example/app, namespaces: {exclude: [default]}}`);

  test('an image is wanted wherever a rule sends it in some namespace', () => {
    expect(wish(rules, 'quay.io/team/app:1').wanted.map(({ to }) => to)).toEqual([
      'm.example/app:1',
      'm.example/quay/team/app:1',
    ]);
    expect(wish(rules, 'quay.io/team/other:1').wanted.map(({ to }) => to)).toEqual([
      'm.example/team/other:1',
      'm.example/quay/team/other:1',
    ]);
  });

  test('a namespace that the whole file leaves out does not count', () => {
    const limited = rulesOf(
      `- {from: quay.io, to: m.example/quay}
- {from: quay.io/a, to: m.example/a, namespaces: {include: [kube-system]}}`,
      'namespaces: {include: [kube-*]}',
    );
    expect(wish(limited, 'quay.io/a/b:1').wanted.map(({ to }) => to)).toEqual([
      'm.example/a/b:1',
      'm.example/quay/a/b:1',
    ]);
  });
});

describe('the names in one list are the same images', () => {
  const rules = rulesOf(`- {from: [k8s.gcr.io, registry.k8s.io], to: m.example/k8s}
- {from: [gcr.io/google-containers, gcr.io/google_containers], to: m.example/google}
- {from: "*", to: "m.example/others/\${registry}"}`);

  test('the other names are asked if the first one fails', () => {
    expect(wish(rules, 'registry.k8s.io/sig/x:1').wanted).toEqual([
      {
        to: 'm.example/k8s/sig/x:1',
        from: [['registry.k8s.io/sig/x:1', 'k8s.gcr.io/sig/x:1']],
      },
    ]);
    expect(wish(rules, `gcr.io/google_containers/pause@${digest}`).wanted[0]?.from).toEqual([
      [`gcr.io/google_containers/pause@${digest}`, `gcr.io/google-containers/pause@${digest}`],
    ]);
  });

  test('both in a list are one image', () => {
    const { wanted } = wish(rules, 'k8s.gcr.io/pause:3', 'registry.k8s.io/pause:3');
    expect(wanted).toEqual([
      { to: 'm.example/k8s/pause:3', from: [['k8s.gcr.io/pause:3', 'registry.k8s.io/pause:3']] },
    ]);
  });

  test('an image of another registry has one origin', () => {
    expect(wish(rules, 'ghcr.io/o/x:1').wanted).toEqual([
      { to: 'm.example/others/ghcr.io/o/x:1', from: [['ghcr.io/o/x:1']] },
    ]);
  });
});

test('names that have places of their own, by ${registry}, are not one image', () => {
  const rules = rulesOf('- {from: [quay.io, ghcr.io], to: "m.example/${registry}"}');
  expect(wish(rules, 'quay.io/a/b:1').wanted).toEqual([
    { to: 'm.example/quay.io/a/b:1', from: [['quay.io/a/b:1']] },
  ]);
});

test('different images with one name are both kept in mind', () => {
  const rules = rulesOf(`- {from: quay.io, to: m.example/all}
- {from: ghcr.io, to: m.example/all}`);
  expect(wish(rules, 'quay.io/a/b:1', 'ghcr.io/a/b:1', `ghcr.io/a/b:1@${digest}`).wanted).toEqual([
    {
      to: 'm.example/all/a/b:1',
      from: [['quay.io/a/b:1'], ['ghcr.io/a/b:1'], [`ghcr.io/a/b:1@${digest}`]],
    },
  ]);
});

test('a name that a rule fixes by tag or digest is left to who made it', () => {
  const rules = rulesOf(`- {from: docker.io, to: m.example/hub, library: always}
- {from: "docker.io/library/nginx:1.25", to: "m.example/patched/nginx:1.25-p3"}
- {from: "docker.io/library/nginx:1.26", to: m.example/other}`);
  expect(wish(rules, 'nginx:1.25', 'nginx:1.26').wanted).toEqual([
    {
      to: 'm.example/patched/nginx:1.25-p3',
      from: [['docker.io/library/nginx:1.25']],
      isFixed: true,
    },
    { to: 'm.example/other:1.26', from: [['docker.io/library/nginx:1.26']] },
  ]);
});

test('what has no place in the mirror is a finding', () => {
  const rules = rulesOf(
    `- {from: quay.io, to: m.example/quay}
- {from: quay.io/kept, keep: true}
- {from: ghcr.io, deny: not here}`,
    'sync: {never: ["quay.io/evil/*"]}',
  );
  const { wanted, findings } = wish(
    rules,
    'quay.io/kept/x:1',
    'ghcr.io/x:1',
    'nginx',
    'm.example/quay/a:1',
    'direct.to/nginx:1',
    'quay.io/evil/x:1',
    `quay.io/${'a'.repeat(250)}:1`,
  );
  expect(wanted).toEqual([]);
  expect(findings).toEqual([
    'kept quay.io/kept/x:1',
    'denied ghcr.io/x:1',
    'unmatched nginx',
    'already-mirrored m.example/quay/a:1',
    'bypassed direct.to/nginx:1',
    'never quay.io/evil/x:1',
    `unwritable quay.io/${'a'.repeat(250)}:1`,
  ]);
});

test.each(['docker.io/library/redis:*', 'docker.io/library/redis', 'redis:7', '*/redis*'])(
  'sync.never may name an image as %s',
  (glob) => {
    const rules = rulesOf(
      '- {from: docker.io, to: m.example/hub}',
      `sync: {never: [${JSON.stringify(glob)}]}`,
    );
    const { findings } = wish(rules, 'redis:7', 'memcached:1');
    expect(findings).toEqual(['never redis:7']);
  },
);

test('on Amazon ECR an image without a tag gets one that keeps it', () => {
  const host = '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn';
  const rules = rulesOf(`- {from: quay.io, to: ${host}/quay}
- {from: ghcr.io, to: m.example/ghcr}`);
  const { wanted } = wish(rules, `quay.io/a@${digest}`, `ghcr.io/a@${digest}`);
  expect(wanted.map(({ to }) => to)).toEqual([
    `${host}/quay/a:detour-${'a'.repeat(64)}@${digest}`,
    `m.example/ghcr/a@${digest}`,
  ]);
});

test('the time for an image does not grow with the number of rules', () => {
  const timeWith = (count: number) => {
    const rules = rulesOf(
      Array.from({ length: count }, (_, at) => {
        return `- {from: quay.io/o${at}, to: m.example/o${at}, namespaces: {include: [n${at}-*]}}`;
      }).join('\n'),
    );
    const listed = Array.from({ length: 2_000 }, (_, at) => ({
      image: `quay.io/o${at % count}/x${at}:1`,
      isRepository: false,
      place: 'l',
    }));
    wantedImages(listed.slice(0, 100), rules);
    const started = performance.now();
    expect(wantedImages(listed, rules).wanted).toHaveLength(2_000);
    return performance.now() - started;
  };
  const few = Math.max(timeWith(20), timeWith(20));
  // 100 times the rules.
  expect(Math.min(timeWith(2_000), timeWith(2_000))).toBeLessThan(10 * few);
});

describe('one name that two entries list', () => {
  const rules = rulesOf(`- {from: quay.io, to: m.example/all}
- {from: ghcr.io, to: m.example/all}`);

  function standingOf(...entries: readonly (readonly [string, (Choice | undefined)?])[]) {
    const listed = entries.map(([image, choice], index) => ({
      image,
      isRepository: false,
      place: `l:${index + 1}`,
      ...(choice && { choice }),
    }));
    const { wanted, notes } = wantedImages(listed, rules);
    return {
      is: wanted.map((one) => whyStanding(one) ?? overwriteWithin(one)),
      notes: notes.map(({ image, place, message }) => `${image} ${place} ${message}`),
    };
  }

  test.each<[Choice | undefined, Choice | undefined, unknown]>([
    [undefined, { overwrite: 'never' }, 'stands'],
    [{ overwrite: 'never' }, undefined, 'stands'],
    [undefined, { immutable: ['1'] }, 'immutable'],
    [{ immutable: ['2'] }, undefined, undefined],
    [{ overwrite: { within: 20 } }, { overwrite: { within: 10 } }, 10],
    [{ overwrite: { within: 10 } }, undefined, 10],
  ])('stays if one of them says so: %j and %j', (first, second, is) => {
    for (const other of ['quay.io/a/b:1', 'ghcr.io/a/b:1'])
      expect(standingOf(['quay.io/a/b:1', first], [other, second]).is).toEqual([is]);
  });

  test('is noted if they contradict each other', () => {
    const never = { overwrite: 'never' } as const;
    const recent = { overwrite: { within: 864_000_000 } };
    expect(standingOf(['quay.io/a/b:1', recent], ['quay.io/a/b:1', never]).notes).toEqual([
      'quay.io/a/b:1 l:2 it has overwrite: never here, and overwrite: 10d in l:1: the stricter one counts',
    ]);
    expect(standingOf(['quay.io/a/b:1', never], ['quay.io/a/b:1', never]).notes).toEqual([]);
    expect(standingOf(['quay.io/a/b:1'], ['quay.io/a/b:1', never]).notes).toEqual([]);
  });
});

test('tags of one repository without a place are one finding, with their number', () => {
  const rules = rulesOf(
    '- {from: quay.io, deny: not here}\n- {from: "quay.io/a:9", to: m.example/a}',
  );
  const tags = ['1', '2', '3', '9'].map((tag) => ({
    image: `quay.io/a:${tag}`,
    isRepository: false,
    place: 'l:1',
  }));
  const other = { image: 'quay.io/b:1', isRepository: false, place: 'l:2' };
  const { findings } = wantedImages([...tags, other], rules);
  expect(findings.map(({ image, place, message }) => `${image} ${place} ${message}`)).toEqual([
    'quay.io/a:* l:1 a rule denies it (line 4 of the rules file): take it off the list (3 tags)',
    'quay.io/b:1 l:2 a rule denies it (line 4 of the rules file): take it off the list',
  ]);
});
