import fc from 'fast-check';
import { exitNames } from '../../src/rules/exit-names.ts';
import { loadRules } from '../../src/rules/load.ts';

const segment = fc.constantFrom('a', 'b', 'library', 'p.q', 'c__d');
const path = fc.array(segment, { maxLength: 3 }).map((segments) => segments.join('/'));
const fromHost = fc.constantFrom(
  'docker.io',
  'registry-1.docker.io',
  'gcr.io',
  'eu.gcr.io',
  'a.eu.gcr.io',
  'quay.io',
  'quay.io:443',
  'localhost',
  'm.example',
  'docker.io',
  'GCR.io',
  '[::1]:5000',
  'host_name.io',
  'b.host_name.io',
  'Host_Name.gcr.io',
);
const join_ = ([host, rest]: readonly [string, string]) => (rest === '' ? host : `${host}/${rest}`);
const from = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fromHost, path).map(join_) },
  // Longer than some `to`, and one image.
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'm.example/a',
      'm.example/x/a',
      'm.example/x/busybox',
      'm.example/a/b/busybox:1',
      'm.example/any/gcr.io',
      'docker.io/mirror/a',
      'docker.io/library/a:1',
      'docker.io/a',
      'docker.io/a/busybox',
      'docker.io/busybox:latest',
      'index.docker.io/a/busybox:1',
      `gcr.io/a@sha256:${'a'.repeat(64)}`,
      '*.gcr.io/a/busybox:v1.2_3',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '*',
      '*',
      '*.io',
      '*.gcr.io',
      '*.eu.gcr.io/a',
      '*.gcr.io/a',
      '*.io:443',
      '*.host_name.io',
      '*.host_name.io/a',
    ),
  },
);
const to = fc.constantFrom(
  'm.example',
  'm.example/x',
  'm.example/a/b',
  'quay.io/m',
  'docker.io/mirror',
  'docker.io',
  'm.example/any/${registry}',
  'n.example/${registry}/y',
  'n.example/mirror-${registry}',
  'm.example/a/x:1',
  `m.example/a/x:1@sha256:${'b'.repeat(64)}`,
  `docker.io/y@sha256:${'b'.repeat(64)}`,
  `m.example/${'long/'.repeat(46)}x`,
);
const globs = fc.subarray(['policy-a*', 'policy-b*', '*', 'policy-?-*', 'other', 'p.licy*'], {
  maxLength: 2,
});
const filter = fc.record({ include: globs, exclude: globs }, { requiredKeys: [] });
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 4) =>
  fc.option(arbitrary, { nil: undefined, freq });
const registries = fc.dictionary(
  fc.constantFrom(
    'm.example',
    'm.example/x',
    'M.example/a/b',
    'm.example/any',
    'n.example',
    'quay.io',
    'quay.io/a',
    'quay.io/a/b',
    'quay.io:443',
    'docker.io',
    'index.docker.io/a',
    'docker.io/busybox',
    'docker.io/library',
    'docker.io/mirror',
    'gcr.io',
    'localhost',
    'b.host_name.io/a',
    'unknown.io/p.q',
  ),
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ pullSecrets: fc.subarray(['one', 'two', 'three'], { minLength: 1 }) }),
    },
    { weight: 1, arbitrary: fc.constantFrom({ pullSecrets: [] }, {}) },
  ),
  { minKeys: 3, maxKeys: 12 },
);

const rule = fc
  .record({
    from,
    action: fc.oneof(
      { weight: 8, arbitrary: to.map((each) => ({ to: each })) },
      { weight: 1, arbitrary: fc.constant({ keep: true }) },
      { weight: 1, arbitrary: fc.constant({ deny: 'not here' }) },
    ),
    path: maybe(fc.constantFrom('whole', 'last', 'joined'), 4),
    library: maybe(fc.constantFrom('always', 'never', 'as-written'), 2),
    namespaces: fc.option(filter, { nil: undefined, freq: 2 }),
  })
  .map(({ action, ...rest }) => {
    const isImage = /[/].*[:@]/.test(rest.from);
    const to = 'to' in action && !isImage ? { to: action.to.replace(/([/].*?)[:@].*/, '$1') } : {};
    return { ...rest, ...action, ...to };
  });

/** Makes rules files in which all that a file can say meets. */
export const rulesFile = fc
  .record({
    version: fc.constant(1),
    bypass: fc.constantFrom('direct.to', 'direct.to', 'direct.to', false, 'origin.test:5000'),
    // Not none: under it images are denied for reasons that only the webhook knows.
    exits: maybe(fc.subarray([...exitNames], { minLength: 1 }), 2),
    namespaces: fc.option(filter, { nil: undefined, freq: 1 }),
    skip: fc.option(
      fc.record({
        owners: fc.constant(['Job', 'Thing.ex?mple.*']),
        labels: fc.constantFrom<Record<string, string | string[]>>(
          { app: 'op-*' },
          { app: ['web', 'op-?'], other: 'x' },
        ),
        annotations: fc.constantFrom<Record<string, string | string[]>>(
          {},
          { 'example.com/a': ['true', '?'] },
          { 'example.com/a': 'c/*', 'image-detour/bypass': 'app' },
        ),
      }),
      { nil: undefined, freq: 2 },
    ),
    registries: maybe(registries, 2),
    rules: fc.uniqueArray(rule, { minLength: 1, maxLength: 14, selector: (each) => each.from }),
  })
  .filter((file) => loadRules(JSON.stringify(file)).ruleSet !== undefined);

const imageHost = fc.constantFrom(
  '',
  '',
  '',
  'docker.io/',
  'Docker.io/',
  'index.docker.io/',
  'registry-1.docker.io/',
  'gcr.io/',
  'eu.gcr.io/',
  'a.eu.gcr.io/',
  'b.a.eu.gcr.io/',
  'quay.io/',
  'QUAY.io/',
  'Eu.gcr.io/',
  'quay.io:443/',
  'm.example/',
  'm.example/x/',
  'm.example/any/',
  'm.example/any/gcr.io/',
  'm.example/a/',
  'm.example/a/b/',
  'n.example/mirror-gcr.io/',
  'n.example/',
  'localhost/',
  '[::1]:5000/',
  'host_name.io/',
  'b.host_name.io/',
  'c.b.host_name.io/',
  'host_name.gcr.io/',
  'a__b.unknown.io/',
  'host_name.io:5000/',
  'host_name/',
  'unknown.io/',
  `${'a.'.repeat(124)}gcr.io/`,
  `${'a.'.repeat(125)}gcr.io/`,
  'direct.to/',
  'origin.test:5000/',
  'docker.io/mirror/',
);
const prefix = fc.constantFrom(
  '',
  '',
  '',
  'direct.to/',
  'origin.test:5000/',
  'direct.to/direct.to/',
);
const suffix = fc.constantFrom(
  '',
  ':1',
  ':v1.2_3',
  ':latest',
  `@sha256:${'a'.repeat(64)}`,
  `@sha256:${'b'.repeat(64)}`,
  `:x@sha512:${'0'.repeat(128)}`,
  ':',
  '@sha256:0',
  `:${'t'.repeat(128)}`,
  `:${'t'.repeat(129)}`,
  `@sha256:${'A'.repeat(64)}`,
);
const imagePath = fc.oneof(
  { weight: 12, arbitrary: path.map((each) => (each === '' ? 'busybox' : `${each}/busybox`)) },
  { weight: 8, arbitrary: path.map((each) => each || 'a') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'x'.repeat(247),
      'x'.repeat(248),
      'x'.repeat(242),
      'x'.repeat(243),
      'x'.repeat(255),
      'x'.repeat(256),
      'f'.repeat(64),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a/x__y', 'a/x___y', 'a/x..y', 'a/-x', 'a/x--y', 'a//b', 'A/b'),
  },
);
/** Makes images that mean something to those rules, and a few that mean something to nobody. */
export const image = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.tuple(prefix, imageHost, imagePath, suffix).map((parts) => parts.join('')),
  },
  // Docker's form of an image ID is no reference.
  { weight: 1, arbitrary: fc.constantFrom('f'.repeat(64), `direct.to/${'0'.repeat(64)}`) },
  { weight: 1, arbitrary: fc.constantFrom('auto', 'auto:latest', 'direct.to/auto') },
);
