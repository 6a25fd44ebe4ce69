import { describe, expect, test } from 'vitest';
import { fullRules } from '../../../test/support/full-rules.ts';
import { defaultRulesText } from '../../rules/default.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { bottlerocket } from '../bottlerocket.ts';
import { buildkit } from '../buildkit.ts';
import { containerd } from '../containerd.ts';
import { defaultSettings, type TargetOptions } from '../contract/options.ts';
import type { Target } from '../contract/target.ts';
import { docker } from '../docker.ts';
import { eks } from '../eks.ts';
import { k3s } from '../k3s.ts';
import { nerdctl } from '../nerdctl.ts';
import { openshift } from '../openshift.ts';
import { registriesConf } from '../registries-conf.ts';
import { talos } from '../talos.ts';

const all = [
  containerd,
  nerdctl,
  eks,
  registriesConf,
  openshift,
  k3s,
  talos,
  bottlerocket,
  buildkit,
  docker,
];

function load(text: string): RuleSet {
  const { ruleSet, diagnostics } = loadRules(text);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return ruleSet as RuleSet;
}

/** The documents and what is said of them, as `detour compile` prints both. */
function show(target: Target, ruleSet: RuleSet, more: Partial<TargetOptions> = {}): string {
  const { documents, diagnostics } = target.compile(ruleSet, { ...defaultSettings, ...more });
  return [
    ...documents.map(({ path, text }) => `--- ${path}\n${text}`),
    ...diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`),
  ].join('\n');
}

describe.each(all)('$name', (target) => {
  test('of the embedded rules', () => {
    expect(show(target, load(defaultRulesText))).toMatchSnapshot();
  });

  test('of all that a file can say', () => {
    expect(show(target, load(fullRules))).toMatchSnapshot();
  });

  test('and never from the origin', () => {
    const rules = 'version: 1\nbypass: false\nrules: [{from: quay.io, to: m.example/quay}]';
    expect(show(target, load(rules), { mirrorOnly: true })).toMatchSnapshot();
  });
});

/** What is not expressible, without positions, for a few rules in the flow style of YAML. */
function reported(
  severity: string,
  target: Target,
  rules: string,
  more = 'bypass: false',
): string[] {
  const ruleSet = load(`version: 1\n${more}\nrules: [${rules}]`);
  const { diagnostics } = target.compile(ruleSet, defaultSettings);
  return diagnostics
    .filter((each) => each.code === 'not-expressible' && each.severity === severity)
    .map(({ message }) => message);
}

const problems = (target: Target, rules: string, more?: string) =>
  reported('warning', target, rules, more);
const notes = (target: Target, rules: string) => reported('note', target, rules);

const byHost = [containerd, talos, bottlerocket, buildkit];
const byPrefix = [registriesConf, openshift];

describe.each(all.filter((target) => target !== docker))('$name tells', (target) => {
  test('nothing of a rule for a whole registry', () => {
    expect(problems(target, '{from: quay.io, to: m.example/quay}')).toEqual([]);
  });

  test('nothing of a rule that is never asked', () => {
    const rules = '{from: quay.io, to: m.example/quay}, {from: m.example/quay, to: z.example}';
    expect(problems(target, rules)).toEqual([]);
  });

  test('nothing of keeping what nothing else would touch', () => {
    const rules = '{from: quay.io, keep: true}, {from: "*", keep: true}';
    expect(problems(target, rules)).toEqual([]);
  });

  test('that it does not know namespaces', () => {
    const rule = '{from: quay.io, to: m.example/quay, namespaces: {include: [dev]}}';
    expect(problems(target, rule)).toEqual([
      '"quay.io": a node does not know the namespace that it pulls for',
    ]);
  });

  test.each(['namespaces: {include: [dev]}', 'skip: {owners: [Job]}', 'namespaceRules: {to: [m]}'])(
    'that it does not know the Pod of %s',
    (more) => {
      const [problem, ...rest] = problems(
        target,
        '{from: quay.io, to: m.example}',
        `bypass: false\n${more.replace('[m]', '[m.example]')}`,
      );
      expect(problem).toBe(`${more.split(':')[0]}: a node does not know the Pod that it pulls for`);
      expect(rest).toEqual([]);
    },
  );

  test.each([
    ['annotate: true', 'a node does not change Pods'],
    [
      'registries: {m.example: {pullSecrets: [s]}, n.example: {pullSecrets: [s]}}',
      'a node does not change Pods, so it adds no pull secrets',
    ],
    ['warn: true', 'a node does not answer those who create Pods'],
    ['exits: none', 'a node pulls images that cannot be rewritten from their origin'],
  ])('once that it leaves out %s', (more, why) => {
    const rules = '{from: quay.io, to: m.example}, {from: gcr.io, to: m.example}';
    expect(problems(target, rules, `bypass: false\n${more}`)).toEqual([
      `${more.split(':')[0]}: ${why}`,
    ]);
  });

  test('pull secrets that it leaves out at the first key that has them', () => {
    const registries = 'registries:\n  a.io: {pullSecrets: []}\n  b.io:\n    pullSecrets: [s]\n';
    const text = `version: 1\nbypass: false\n${registries}rules: [{from: quay.io, to: m.example}]`;
    const { diagnostics } = target.compile(load(text), defaultSettings);
    const found = diagnostics.filter(({ message }) => message.startsWith('registries: '));
    expect(found.map(({ line, column }) => [line, column])).toEqual([[6, 5]]);
  });

  test('nothing of keys that change nothing', () => {
    const more =
      'bypass: false\nannotate: false\nwarn: false\nregistries: {m.example: {pullSecrets: []}}\nexits: all';
    expect(problems(target, '{from: quay.io, to: m.example}', more)).toEqual([]);
  });

  test('of a bypass that the file does not name a note, which stops nothing', () => {
    const ruleSet = load('version: 1\nrules: [{from: quay.io, to: m.example/quay}]');
    const { diagnostics } = target.compile(ruleSet, defaultSettings);
    const ofBypass = diagnostics.filter(({ message }) => message.startsWith('bypass: '));
    expect(ofBypass.map(({ severity }) => severity)).toEqual(['note']);
  });

  test('that it cannot take off the bypass everywhere', () => {
    const [problem] = problems(target, '{from: quay.io, to: m.example}', 'bypass: direct.to');
    expect(problem).toMatch(/^bypass: a node takes direct\.to\/ /);
  });

  test('that a wildcard has no ${registry} on a node', () => {
    expect(problems(target, '{from: "*.gcr.io", to: "m.example/${registry}"}')).toEqual([
      '"*.gcr.io": a node cannot put the image\'s registry into the mirror\'s path',
    ]);
  });
});

describe.each(byHost)('$name tells', (target) => {
  test('of paths', () => {
    const rules = '{from: quay.io, to: m.example/q}, {from: quay.io/team, to: m.example/team}';
    expect(problems(target, rules)).toEqual([
      '"quay.io/team": the target sends all of a registry to one place',
    ]);
  });

  test('nothing of paths that go where their registry goes', () => {
    const rules = '{from: quay.io, to: m.example/q}, {from: quay.io/team, to: m.example/q/team}';
    expect(problems(target, rules)).toEqual([]);
  });

  test('of a path to keep in a registry that is mirrored', () => {
    const rules = '{from: quay.io, to: m.example/q}, {from: quay.io/team, keep: true}';
    expect(problems(target, rules)).toEqual([
      '"quay.io/team": the target sends all of a registry to one place',
    ]);
  });

  test('of wildcards', () => {
    expect(problems(target, '{from: "*.gcr.io", to: m.example/gcr}')).toEqual([
      '"*.gcr.io": the target does not know registries by their domain',
    ]);
  });

  test.each(['as-written', 'never'])('of library: %s', (library) => {
    expect(problems(target, `{from: docker.io, to: m.example/hub, library: ${library}}`)).toEqual([
      '"docker.io": the node asks for busybox as library/busybox, and the target cannot drop library/',
    ]);
  });

  test('nothing of library: always, nor where official images have a rule that agrees', () => {
    expect(problems(target, '{from: docker.io, to: m.example/hub, library: always}')).toEqual([]);
    const apart =
      '{from: docker.io, to: m.example/hub}, {from: docker.io/library, to: m.example/hub/library}';
    expect(problems(target, apart)).toEqual([]);
  });

  test('of a mirror that lies in a registry that is mirrored', () => {
    const rules = '{from: quay.io, to: m.example/q}, {from: m.example, to: other.example}';
    expect(problems(target, rules)).toEqual([
      '"quay.io": images that name its mirror are taken for those of "m.example"',
    ]);
  });
});

test.each([k3s, talos, bottlerocket, buildkit, openshift])(
  '$name tells that it cannot refuse images',
  (target) => {
    expect(problems(target, '{from: quay.io, deny: no quay}')).toEqual([
      expect.stringContaining('"quay.io": the target cannot refuse images'),
    ]);
  },
);

test.each([bottlerocket, buildkit, ...byPrefix])(
  '$name tells that it has no word for every other registry',
  (target) => {
    expect(problems(target, '{from: "*", to: m.example/all, library: always}')).toEqual([
      '"*": the target has no word for every other registry',
    ]);
  },
);

describe.each(byPrefix)('$name tells', (target) => {
  test('nothing of paths, wildcards and library', () => {
    const rules =
      '{from: docker.io, to: m.example/hub, library: never}, {from: quay.io/team, to: m.example/t}, {from: "*.gcr.io", to: m.example/g}';
    expect(problems(target, rules)).toEqual([]);
  });

  test('of a registry with a name that is no longer than the wildcard above it', () => {
    const rules = '{from: a.gcr.io, to: m.example/a}, {from: "*.gcr.io", to: m.example/g}';
    expect(problems(target, rules)).toEqual([
      '"a.gcr.io": the target takes *.gcr.io for the longer name, and so the better match',
    ]);
  });

  test('of a host with an underscore, which CRI-O takes for a short name', () => {
    const rules =
      '{from: b_c.example, deny: no}, {from: b_c.example/team, to: m.example/t}, {from: "*.b_c.example", to: m.example/d}';
    const problem =
      'the target takes a host with an underscore for a part of a short name, and asks its search registries';
    expect(new Set(problems(target, rules))).toEqual(
      new Set(
        ['b_c.example', 'b_c.example/team', '*.b_c.example'].map((from) => `"${from}": ${problem}`),
      ),
    );
    const { documents } = target.compile(
      load(`{version: 1, bypass: false, rules: [${rules}]}`),
      defaultSettings,
    );
    expect(documents.map(({ text }) => text).join()).not.toContain('b_c');
  });

  test('in a note that it matches registries with a port', () => {
    const [domain, hosts] = {
      registries: [
        'the target takes registries with a port for its own; name with `keep` those that there are',
        'the target also matches the host with a port other than 443; name those that exist with `keep`',
      ],
      openshift: [
        'the target takes registries with a port for its own, and cannot leave them out',
        'the target also matches the host with a port, and cannot leave it out',
      ],
    }[target.name] as string[];
    expect(
      notes(target, '{from: "*.gcr.io", to: m.example/g}, {from: quay.io, to: m.example}'),
    ).toEqual([`"*.gcr.io": ${domain}`, `"quay.io": ${hosts}`]);
    // What is kept, a part, and a registry with a port match nothing that they should not.
    expect(
      notes(
        target,
        '{from: a.example, to: m.example}, {from: b.example, to: m.example}, {from: c.example, keep: true}, {from: d.example/d, to: m.example/d}, {from: "e.example:443", to: m.example}',
      ),
    ).toEqual([`"a.example" and 1 more: ${hosts}`]);
  });

  test('in a note that what it does with library/ is for more than official images', () => {
    const rule = '{from: docker.io, to: m.example/hub, library: LIBRARY}';
    const notesFor = (library: string) => notes(target, rule.replace('LIBRARY', library));
    expect(notesFor('never')).toContain(
      '"docker.io": the target drops library/ from library/a/b as it does from library/busybox',
    );
    expect(notesFor('as-written')).toContain(
      '"docker.io": the target asks the mirror for library/a/b without library/ first, as it does for library/busybox',
    );
    expect(notesFor('always').join()).not.toContain('library/a/b');
  });

  test('in a note that an image of exactly the name goes nowhere in a mirror without a path', () => {
    const [note, ...others] = notes(target, '{from: quay.io/team, to: m.example}');
    expect([note, others]).toEqual([
      '"quay.io/team": the target cannot pull an image of exactly this name, because "to" is a registry without a path',
      [],
    ]);
  });

  test('of paths and ports below a wildcard', () => {
    expect(problems(target, '{from: "*.gcr.io/team", to: m.example/g}')).toEqual([
      '"*.gcr.io/team": the target knows no paths below *',
    ]);
    expect(problems(target, '{from: "*.gcr.io:5000", to: m.example/g}')).toEqual([
      '"*.gcr.io:5000": the target knows no ports below *',
    ]);
  });
});

test.each([containerd, k3s, talos, bottlerocket, buildkit])(
  '$name has a host with an underscore, which containerd asks, like any other',
  (target) => {
    const rules = '{from: b_c.example, to: m.example/t}';
    expect(problems(target, rules)).toEqual([]);
    const [document] = target.compile(
      load(`{version: 1, bypass: false, rules: [${rules}]}`),
      defaultSettings,
    ).documents;
    expect(`${document?.path}\n${document?.text}`).toContain('b_c.example');
  },
);

test.each([containerd, k3s, talos])(
  '$name tells in a note what stays in a mirror’s registry',
  (target) => {
    const rule = '{from: "*", to: m.example/all, library: always}';
    const note = '"*": images of m.example outside its mirrors stay there';
    expect([problems(target, rule), notes(target, rule)]).toEqual([[], [note]]);
    expect(notes(target, rule.replace('/all', ''))).toEqual([]);
  },
);

test('containerd tells what of a domain, and of a path, stays in a mirror’s registry', () => {
  const rules =
    '{from: quay.io, to: m.example/q}, {from: "*", deny: no}, {from: "*.example", deny: no}';
  // A deny that is not kept is no small thing.
  const message = '"*.example": images of m.example outside its mirrors stay there';
  expect([problems(containerd, rules), notes(containerd, rules)]).toEqual([[message], []]);
  expect(problems(containerd, `${rules}, {from: m.example/team, deny: no}`)).toEqual([
    '"m.example/team": the target sends all of a registry to one place',
    message,
  ]);
});

test('k3s tells of a mirror in Docker Hub, which it has to name for its official images', () => {
  const rules = '{from: "*", to: m.example, library: never}, {from: quay.io, to: docker.io/team}';
  expect([problems(k3s, rules), notes(k3s, rules)]).toEqual([
    ['"quay.io": images that name its mirror are taken for those of "*"'],
    [],
  ]);
});

test('registries tells that it cannot take off the bypass before what is denied', () => {
  const rules = '{from: quay.io/team, deny: no}, {from: quay.io, to: m.example}';
  expect(problems(registriesConf, rules, 'bypass: direct.to')).toEqual([
    expect.stringContaining('that the rules name, and nothing that they deny'),
  ]);
});

test('registries keeps a mirror with a port out of the wildcard that would take it', () => {
  const rules = load(
    'version: 1\nbypass: false\nrules: [{from: "*.example", to: "m.example:5000/x"}]',
  );
  const [document] = registriesConf.compile(rules, defaultSettings).documents;
  expect(document?.text).toContain('prefix = "m.example:5000/x"\nlocation = "m.example:5000/x"\n');
});

test('eks tells that user data is too large', () => {
  const many = Array.from(
    { length: 100 },
    (_, index) => `{from: r${index}.example, to: m.example}`,
  );
  expect(problems(eks, many.join())).toEqual([expect.stringContaining('EC2 allows 16384')]);
});

test('buildkit asks for Docker Hub where it is', () => {
  const rules = load('{version: 1, bypass: false, rules: [{from: quay.io, to: docker.io/quay}]}');
  expect(show(buildkit, rules)).toContain('mirrors = ["registry-1.docker.io/quay"]');
});

test('openshift tells that it cannot keep a part of what it mirrors', () => {
  const rules =
    '{from: quay.io, to: m.example/q}, {from: quay.io/team, keep: true}, {from: "*.gcr.io", to: m.example/g}, {from: eu.gcr.io, keep: true}';
  expect(problems(openshift, rules)).toEqual([
    '"quay.io/team": the target cannot leave quay.io/team out of "quay.io"',
    '"eu.gcr.io": the target cannot leave eu.gcr.io out of "*.gcr.io"',
  ]);
});

test('openshift reports a registry with a port that it cannot keep', () => {
  const rules = '{from: quay.io, to: m.example/q}, {from: "quay.io:443", keep: true}';
  expect(problems(openshift, rules)).toEqual([
    '"quay.io:443": the target cannot leave quay.io:443 out of "quay.io"',
  ]);
});

test('registries leaves a registry with the port 443 alone, unless a rule names it', () => {
  const text = (rules: string) =>
    registriesConf.compile(load(`{version: 1, bypass: false, rules: [${rules}]}`), defaultSettings)
      .documents[0]?.text;
  const kept = '[[registry]]\nprefix = "quay.io:443"\nlocation = "quay.io:443"\n';
  expect(text('{from: quay.io, to: m.example/q}')).toContain(kept);
  expect(text('{from: quay.io, deny: no}')).toContain(kept);
  const denied = text('{from: quay.io, to: m.example/q}, {from: "quay.io:443", deny: no}');
  expect(denied).toContain(`${kept}blocked = true\n`);
  expect(denied?.split(':443"')).toHaveLength(3);
  for (const rule of ['{from: quay.io, keep: true}', '{from: quay.io/team, to: m.example/t}'])
    expect(text(rule)).not.toContain(':443');
});

describe('k3s tells', () => {
  test('nothing of parts that lie in the same mirror, nor of library: never', () => {
    const rules =
      '{from: docker.io, to: m.example/hub, library: never}, {from: docker.io/team, to: m.example/team}';
    expect(problems(k3s, rules)).toEqual([]);
  });

  test.each([
    '{from: quay.io, to: m.example/q}, {from: quay.io/team, to: other.example/team}',
    '{from: quay.io, to: m.example/q}, {from: quay.io/team, keep: true}',
    '{from: quay.io/team, to: m.example/team}',
  ])('of parts that do not: %s', (rules) => {
    expect(problems(k3s, rules)).toEqual([
      '"quay.io/team": the target sends all of a registry to one mirror',
    ]);
  });

  test('of library: as-written', () => {
    expect(problems(k3s, '{from: docker.io, to: m.example/hub}')).toEqual([
      '"docker.io": the node does not know whether library/ was written, and asks for busybox without it',
    ]);
  });
});

describe('docker', () => {
  test('mirrors Docker Hub to the top of a registry', () => {
    const rules = load(
      '{version: 1, bypass: false, rules: [{from: docker.io, to: m.example, library: always}]}',
    );
    expect(show(docker, rules)).toBe(
      '--- daemon.json\n{\n  "registry-mirrors": [\n    "https://m.example"\n  ]\n}\n',
    );
  });

  test('tells of other registries and of paths', () => {
    const rules =
      '{from: docker.io, to: m.example/hub, library: always}, {from: quay.io, to: m.example}';
    expect(problems(docker, rules)).toEqual([
      `"docker.io": Docker has no path in a mirror's registry`,
      '"quay.io": Docker has mirrors for Docker Hub only',
    ]);
  });
});

test.each([bottlerocket, buildkit, docker, k3s])(
  '$name tells that it cannot leave out the origin',
  (target) => {
    const rules = load(
      '{version: 1, bypass: false, rules: [{from: docker.io, to: m.example, library: always}]}',
    );
    const { diagnostics } = target.compile(rules, { ...defaultSettings, mirrorOnly: true });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^mirror only: /),
    ]);
  },
);

test('a mirror in private ECR is warned of once a host, but for BuildKit', () => {
  const ecr = '602401143452.dkr.ecr.us-west-2.amazonaws.com';
  const rules = load(
    `{version: 1, bypass: false, rules: [{from: quay.io, to: ${ecr}/q}, {from: ghcr.io, to: ${ecr}/g}, {from: gcr.io, to: m.example}]}`,
  );
  const warned = ({ diagnostics }: ReturnType<Target['compile']>) =>
    diagnostics.filter(({ code }) => code === 'no-credentials').length;
  const others = all.filter((target) => target !== buildkit && target !== docker);
  expect(others.map((target) => warned(target.compile(rules, defaultSettings)))).toEqual(
    others.map(() => 1),
  );
  expect(warned(buildkit.compile(rules, defaultSettings))).toBe(0);
});
