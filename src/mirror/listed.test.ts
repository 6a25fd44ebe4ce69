import { expect, test } from 'vitest';
import { readList } from './listed.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test("reads container-mirror's required-images.txt as it is", () => {
  const text = `# comments and blank lines
k8s.gcr.io/pause:3.1

  quay.io/coreos/etcd:v3.3.10   # why it is needed
busybox\r
gcr.io/a/b@${digest}
`;
  const { listed, mistakes } = readList(text, 'required-images.txt');
  expect(mistakes).toEqual([]);
  expect(listed).toEqual([
    { image: 'k8s.gcr.io/pause:3.1', isRepository: false, place: 'required-images.txt:2' },
    { image: 'quay.io/coreos/etcd:v3.3.10', isRepository: false, place: 'required-images.txt:4' },
    { image: 'busybox', isRepository: false, place: 'required-images.txt:5' },
    { image: `gcr.io/a/b@${digest}`, isRepository: false, place: 'required-images.txt:6' },
  ]);
});

test('NAME:* lists all tags of a repository', () => {
  const { listed } = readList('localhost:5000/team/app:*', 'l');
  expect(listed).toEqual([{ image: 'localhost:5000/team/app', isRepository: true, place: 'l:1' }]);
});

test.each(['apiVersion: v1', 'Busybox', 'a:b:*', `x@${digest}:*`, ':*', '- nginx'])(
  'reports %j with its line, because it is not an image',
  (line) => {
    expect(readList(`nginx:1\n${line}\n`, 'l')).toMatchObject({
      listed: [{ image: 'nginx:1' }],
      mistakes: ['l:2'],
    });
  },
);

test('with a choice of tags, each line is a repository', () => {
  const choice = { tags: { latest: 2 } };
  const text = '# Docker Hub\nredis\namazon/cloudwatch-agent # agent\nlocalhost:5000/app:*\n';
  const expected = ['redis', 'amazon/cloudwatch-agent', 'localhost:5000/app'];
  const { listed, mistakes } = readList(text, 'daily.txt', choice);
  expect(mistakes).toEqual([]);
  expect(listed).toEqual(
    expected.map((image, index) => ({
      image,
      isRepository: true,
      place: `daily.txt:${index + 2}`,
      choice,
    })),
  );
});

test.each(['redis:7', `redis@${digest}`, 'redis:7:*'])(
  'with a choice of tags, %j is a mistake',
  (line) => {
    const { listed, mistakes } = readList(`nginx\n${line}\n`, 'l', { tags: {} });
    expect(listed).toHaveLength(1);
    expect(mistakes).toEqual(['l:2']);
  },
);

test('what a list says without tags holds for its images', () => {
  const choice = { overwrite: 'never' } as const;
  const { listed } = readList('redis\nnginx:*', 'l', choice);
  expect(listed).toMatchObject([
    { image: 'redis', isRepository: false, choice },
    { image: 'nginx', isRepository: true, choice },
  ]);
});
