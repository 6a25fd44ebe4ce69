import { expect, test } from 'vitest';
import { run, template } from './rig/chart.ts';
import { variants } from './rig/variants.ts';

/**
 * Checks of kube-score that we disagree with, and why. All others, the optional ones too, find
 * nothing.
 */
const accepted: Readonly<Record<string, string>> = {
  'container-resources': 'A limit of CPU throttles, and each Pod of the cluster waits for it.',
  'container-cpu-requests-equal-limits': 'The same.',
  'container-memory-requests-equal-limits':
    'At rest it needs a fifth of what the largest reviews take; asking for all of it would waste it.',
  'container-resource-requests-equal-limits': 'The same two.',
  'container-ephemeral-storage-request-and-limit':
    'Its root file system is read-only, and it has no other to write to.',
  'container-image-pull-policy':
    'With Always it could not start while its registry is down; the tag is a version or a digest.',
  'deployment-has-host-podantiaffinity': 'It is spread by topologySpreadConstraints.',
};

const acceptedOfCheck = {
  ...accepted,
  'pod-networkpolicy': 'The Pod that checks the rules reads one file and ends.',
};

interface Scored {
  readonly type_meta: { readonly kind: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
  }[];
}

function findings(text: string): [kind: string, check: string][] {
  const args = ['score', '--output-format=json', '--kubernetes-version=v1.36'];
  const { stdout } = run('kube-score', [...args, '--all-default-optional', '-'], text);
  const best = 10;
  return (JSON.parse(stdout) as Scored[]).flatMap(({ type_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < best)
      .map(({ check }): [string, string] => [type_meta.kind, check.id]),
  );
}

const unexplained = (text: string) =>
  findings(text).filter(([kind, id]) => !(id in (kind === 'Pod' ? acceptedOfCheck : accepted)));

const { 'one replica': _, ...highlyAvailable } = variants;

test.each(Object.entries(highlyAvailable))(
  'kube-score finds nothing unexplained with %s',
  (_, values) => {
    expect(unexplained(template(values).stdout)).toEqual([]);
  },
);

test('each explained finding is one that kube-score reports', () => {
  const found = findings(template({}).stdout).map(([, id]) => id);
  expect(new Set(found)).toEqual(new Set(Object.keys(acceptedOfCheck)));
});

test('it would find a container that writes into its root file system', () => {
  const { stdout } = template({});
  const writable = stdout.replaceAll(
    'readOnlyRootFilesystem: true',
    'readOnlyRootFilesystem: false',
  );
  expect(unexplained(writable)).toContainEqual([
    'Deployment',
    'container-security-context-readonlyrootfilesystem',
  ]);
});
