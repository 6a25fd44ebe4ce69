import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasLogin, readKeyring } from '../../src/admission/keyring.ts';
import { buildNodeProgram, runLines } from './rig/node-programs.ts';

const hosts = [
  'docker.io',
  'index.docker.io',
  'quay.io',
  'Quay.io',
  'a.quay.io',
  'mirror-1.example.com',
  'mirror-2.example.com:5000',
  'my_reg.example.com',
  'localhost',
  'localhost:5000',
  'A',
  '10.0.0.1',
  '[::1]',
  '[::1]:5000',
  '[fe80::a:1]:5000',
] as const;
const paths = ['app', 'v1/app', 'v2/team/app', 'team/app', 'team/deep/app', 'library/app'] as const;

type Host = (typeof hosts)[number];
/** Images of Docker Hub are written without a host too. */
const imageOf = (host: Host) => {
  const starts = host === 'docker.io' ? [`${host}/`, ''] : [`${host}/`];
  return fc
    .tuple(fc.constantFrom(...starts), fc.constantFrom(...paths))
    .map(([start, path]) => `${start}${path}:1`);
};

/** Writes a host as the author of a Secret might: with wildcards, with more or fewer parts. */
const nameOf = (host: Host) =>
  fc.nat({ max: 999 }).map((how) => {
    const at = how % host.length;
    const [before, after] = [host.slice(0, at), host.slice(at)];
    const names = [
      host,
      host,
      host.replace(/^[^.:]*/, '*'),
      host.replace(/[^.:]*(?=:|$)/, '*'),
      host.replaceAll(/\d/g, '*'),
      host.replaceAll(/[^.:]+/g, '*'),
      `${before}*`,
      `${before}*${after}`,
      `*${after}`,
      `${before}*${after.slice(1)}`,
      `${before}[${after[0]}]${after.slice(1)}`,
      `${before}%${after}`,
      `${before}ü${after}`,
      `*.${host}`,
      host.toUpperCase(),
    ];
    return names[how % names.length] as string;
  });

const rarely = (...values: readonly string[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant('') }, fc.constantFrom(...values));

const keyOf = (host: Host) =>
  fc
    .tuple(
      rarely('https://', 'http://', 'HTTPS://', 'oci://', '//'),
      rarely('me@', 'me:it@', 'a@b@', 'm e@', 'm%zz@', 'm%61@'),
      fc.oneof({ weight: 4, arbitrary: nameOf(host) }, fc.constantFrom(...hosts).chain(nameOf)),
      rarely(':', ':443', ':5000', ':x', ':1:2', ':*'),
      rarely('/v1', '/v2', '/v3', '/v1/v2', '/%761'),
      rarely('/', '//', '/app', '/team', '/te', '/team/', '/tea%6D'),
      // What is parsed twice is decoded twice.
      rarely('/app', '/a%25%37%30p', '/*', '%', '%zz', '%3Fx', '%3F%0A', '%23%zz', '%C3%BC', 'ü'),
      rarely('/', '?', '?a=%zz', '#', '#x', '#%zz', '\n', '#\n', '?\n', '\u0085', ' '),
    )
    .map((parts) => parts.join(''));

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');

const types = {
  '.dockerconfigjson': 'kubernetes.io/dockerconfigjson',
  '.dockercfg': 'kubernetes.io/dockercfg',
} as const;
const secretOf = (host: Host) =>
  fc
    .record({
      keys: fc.uniqueArray(keyOf(host), { minLength: 1, maxLength: 2 }),
      data: fc.constantFrom('.dockerconfigjson', '.dockercfg'),
      otherType: rarely('Opaque', ...Object.values(types)),
    })
    .map(({ keys, data, otherType }) => {
      const logins = Object.fromEntries(keys.map((key) => [key, { username: 'a' }]));
      const config = data === '.dockercfg' ? logins : { auths: logins };
      return { keys, type: otherType || types[data], data: { [data]: base64(config) } };
    });

const question = fc.constantFrom(...hosts).chain((host) =>
  fc.record({
    secrets: fc.array(secretOf(host), { minLength: 1, maxLength: 2 }),
    image: imageOf(host),
  }),
);

test('a Pod has a login for an image if the kubelet finds one in its pull secrets', async () => {
  const questions = fc.sample(question, { seed: 1, numRuns: 200_000 });
  const answers = await runLines<boolean>(buildNodeProgram('keyring'), [], questions);
  const differences = questions.filter(
    ({ secrets, image }, index) => hasLogin(secrets.flatMap(readKeyring), image) !== answers[index],
  );
  const found = answers.filter((answer) => answer).length;
  console.log(`${answers.length} compared, ${found} with a login`);
  expect(differences.slice(0, 5)).toEqual([]);
  expect(answers).toHaveLength(questions.length);
  expect(found).toBeGreaterThan(50_000);
});

test.each([
  ['mirror.example.com/other', 'mirror.example.com/quay/app:1', false],
  ['mirror.example.com/quay', 'mirror.example.com/quay/app:1', true],
  ['quay.io/zzz', 'quay.io/team/app:1', false],
  ['mirror*.example.com', 'mirror1.example.com/quay/app:1', true],
  ['https://index.docker.io/v1/', 'nginx', true],
  ['QUAY.io', 'quay.io/team/app:1', false],
])('%s and %s: the kubelet finds a login: %s', async (key, image, expected) => {
  const data = { '.dockerconfigjson': base64({ auths: { [key]: { username: 'a' } } }) };
  const secret = { type: types['.dockerconfigjson'], data };
  const asked = [{ secrets: [secret], image }];
  expect(await runLines(buildNodeProgram('keyring'), [], asked)).toEqual([expected]);
  expect(hasLogin(readKeyring(secret), image)).toBe(expected);
});
