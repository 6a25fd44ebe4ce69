import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runDetour } from '../../test/support/run-detour.ts';

interface Printed {
  readonly metadata: { readonly name: string; readonly labels: object };
  readonly webhooks: readonly {
    readonly name: string;
    readonly failurePolicy: string;
    readonly namespaceSelector: { readonly matchExpressions: readonly object[] };
  }[];
}

const url = ['--url', 'https://detour.example/mutate'];
const nameLabel = 'kubernetes.io/metadata.name';
const notOptedOut = { key: 'image-detour', operator: 'NotIn', values: ['disabled'] };

async function print(...args: readonly string[]): Promise<Printed> {
  const { code, stdout } = await runDetour(['webhook', ...url, ...args]);
  expect(code).toBe(0);
  return parse(stdout);
}

describe('--include-kube-system', () => {
  const namespacesOf = ({ webhooks }: Printed) =>
    webhooks.map(({ name, failurePolicy, namespaceSelector }) => [
      name,
      failurePolicy,
      namespaceSelector.matchExpressions[0],
    ]);

  test('leaves out the namespace of the webhook alone', async () => {
    const values = ['image-detour'];
    expect(namespacesOf(await print('--include-kube-system'))).toEqual([
      ['pods.image-detour.io', 'Ignore', { key: nameLabel, operator: 'NotIn', values }],
    ]);
  });

  test('with Fail, kube-system has a webhook of its own with Ignore: a node must start without it', async () => {
    const printed = await print('--include-kube-system', '--failure-policy', 'Fail');
    const values = ['kube-system', 'image-detour'];
    expect(namespacesOf(printed)).toEqual([
      ['pods.image-detour.io', 'Fail', { key: nameLabel, operator: 'NotIn', values }],
      [
        'kube-system.image-detour.io',
        'Ignore',
        { key: nameLabel, operator: 'In', values: ['kube-system'] },
      ],
    ]);
    const [pods, ofKubeSystem] = printed.webhooks;
    const { name, failurePolicy, namespaceSelector } = ofKubeSystem ?? {};
    expect(ofKubeSystem).toEqual({ ...pods, name, failurePolicy, namespaceSelector });
  });

  test('a webhook in kube-system still leaves out its own namespace', async () => {
    const service = ['--service', 'kube-system/detour', '--failure-policy', 'Fail'];
    const { stdout } = await runDetour(['webhook', ...service, '--include-kube-system']);
    expect(namespacesOf(parse(stdout))).toEqual([
      [
        'pods.image-detour.io',
        'Fail',
        { key: nameLabel, operator: 'NotIn', values: ['kube-system'] },
      ],
    ]);
  });

  test('is refused together with the exclusion of kube-system', async () => {
    const both = ['--include-kube-system', '--exclude-namespace', 'kube-system'];
    expect(await runDetour(['webhook', ...url, ...both])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('use only one of --include-kube-system and'),
    });
  });

  test('before 1.21, kube-system is to be labelled if a selector names it', async () => {
    const print = async (...args: readonly string[]) =>
      (await runDetour(['webhook', ...url, '--kubernetes', '1.20', ...args])).stdout;
    const command = `kubectl label namespace kube-system ${nameLabel}=kube-system`;
    expect(await print()).toContain(command);
    expect(await print('--include-kube-system')).not.toContain(command);
    expect(await print('--include-kube-system', '--failure-policy', 'Fail')).toContain(command);
  });
});

test('name, labels and annotations are those that were given, in addition to our label', async () => {
  const labels = ['--label', 'team=platform', 'example.com/empty='];
  const annotations = [
    ...['--annotation', 'admissions.enforcer/disabled=true'],
    ...['--annotation', 'note=a=b c'],
  ];
  const { metadata } = await print('--name', 'zz-detour', ...labels, ...annotations);
  expect(metadata).toEqual({
    name: 'zz-detour',
    labels: {
      'app.kubernetes.io/name': 'image-detour',
      team: 'platform',
      'example.com/empty': '',
    },
    annotations: { 'admissions.enforcer/disabled': 'true', note: 'a=b c' },
  });
  expect((await print()).metadata).not.toHaveProperty('annotations');
});

test('selectors are added to those that are always there', async () => {
  const { webhooks } = await print(
    ...['--namespace-selector', 'environment in (prod,dev)'],
    ...['--namespace-selector', '!sandbox'],
    ...['--object-selector', 'team=a'],
  );
  expect(webhooks).toMatchObject([
    {
      namespaceSelector: {
        matchExpressions: [
          { key: nameLabel, operator: 'NotIn', values: ['kube-system', 'image-detour'] },
          notOptedOut,
          { key: 'environment', operator: 'In', values: ['prod', 'dev'] },
          { key: 'sandbox', operator: 'DoesNotExist' },
        ],
      },
      objectSelector: {
        matchExpressions: [notOptedOut, { key: 'team', operator: 'In', values: ['a'] }],
      },
    },
  ]);
  const withoutLabel = await print('--no-opt-out-label', '--object-selector', 'team=a');
  expect(withoutLabel.webhooks).toMatchObject([
    { objectSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['a'] }] } },
  ]);
});

test.each([
  [['--label', 'team'], '--label takes KEY=VALUE'],
  [['--label', 'team=a b'], '--label takes KEY=VALUE'],
  [['--label', 'a b=c'], '--label takes KEY=VALUE'],
  [['--label', 'a=b', 'a=c'], '--label has a twice'],
  [['--label', 'app.kubernetes.io/name=x'], '--label cannot change app.kubernetes.io/name'],
  [['--annotation', '=x'], '--annotation takes KEY=VALUE'],
  [['--namespace-selector', 'a>1'], '--namespace-selector takes a label selector'],
  [['--object-selector', 'a>1'], '--object-selector takes a label selector'],
  [
    ['--object-selector', 'a', '--kubernetes', '1.14'],
    'before Kubernetes 1.15 a webhook has no --object-selector',
  ],
])('%j: %s', async (args, message) => {
  const { code, stdout, stderr } = await runDetour(['webhook', ...url, ...args]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});
