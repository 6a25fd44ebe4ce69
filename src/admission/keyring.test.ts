import { expect, test } from 'vitest';
import { hasLogin, readKeyring } from './keyring.ts';

// test/target/pull-secrets.test.ts compares many more with the kubelet's own package.
test.each([
  ['quay.io', 'quay.io/team/app:1'],
  ['https://quay.io/v1/', 'quay.io/team/app:1'],
  ['http://quay.io/v2/team', 'quay.io/team/app:1'],
  ['quay.io/te', 'quay.io/team/app:1'],
  ['q*y.*', 'quay.io/team/app:1'],
  ['mirror*.example.com', 'mirror-1.example.com/quay/app'],
  ['mirror.example.com:5000/quay', 'mirror.example.com:5000/quay/app'],
  ['*:5000', '[::1]:5000/app'],
  ['docker.io', 'nginx'],
  ['https://index.docker.io/v1/', 'nginx'],
  ['index.docker.io', 'docker.io/team/app'],
  // The kubelet takes it for a user of Docker Hub.
  ['index.docker.io', 'localhost/app'],
  ['my_reg.example.com', 'my_reg.example.com/app'],
])('%s is for %s', (name, image) => {
  expect(hasLogin([name], image)).toBe(true);
});

test.each([
  ['mirror.example.com/other', 'mirror.example.com/quay/app'],
  ['quay.io/zzz', 'quay.io/team/app:1'],
  ['QUAY.io', 'quay.io/team/app:1'],
  ['*', 'quay.io/team/app:1'],
  ['*.io', 'a.quay.io/team/app:1'],
  ['quay.io:443', 'quay.io/team/app:1'],
  ['quay.io', 'quay.io:443/team/app:1'],
  ['quay.io/v1', 'quay.io/team/app:1'],
  ['quay.io/v1/team/*', 'quay.io/team/app:1'],
  ['[::1]', '[::1]/app'],
  ['docker.io/nginx', 'nginx'],
  ['registry-1.docker.io', 'nginx'],
  ['https://index.docker.io/v1', 'nginx'],
  ['quay.io', 'not valid'],
  ['', 'nginx'],
])('%s is not for %s', (name, image) => {
  expect(hasLogin([name], image)).toBe(false);
});

test('names are read from the data that the type of the Secret names', () => {
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
  const data = {
    '.dockerconfigjson': base64({ auths: { 'quay.io': {} } }),
    '.dockercfg': base64({ 'ghcr.io': {} }),
  };
  expect(readKeyring({ type: 'kubernetes.io/dockerconfigjson', data })).toEqual(['quay.io']);
  expect(readKeyring({ type: 'kubernetes.io/dockercfg', data })).toEqual(['ghcr.io']);
  expect(readKeyring({ type: 'Opaque', data })).toEqual([]);
  for (const broken of ['!', base64(null), base64({ auths: ['x'] }), 5]) {
    expect(readKeyring({ data: { '.dockerconfigjson': broken } })).toEqual([]);
  }
});
