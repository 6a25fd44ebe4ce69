import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { all, chart, one, podOf, render, run, template } from './rig/chart.ts';
import { chartWithValues } from './rig/older-chart.ts';

const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'detour-values-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Values = Readonly<Record<string, unknown>>;

/** Lists the paths of all values. */
function pathsOf(of: Values, before: readonly string[] = []): (readonly string[])[] {
  return Object.entries(of).flatMap(([key, value]) => {
    const path = [...before, key];
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    // What is below these is up to Kubernetes and Grafana.
    const isOpen = /^(resources|nodeSelector|dashboardLabels)$/.test(key);
    return isMap && !isOpen ? [path, ...pathsOf(value as Values, path)] : [path];
  });
}

function without(of: Values, [key = '', ...more]: readonly string[]): Values {
  const { [key]: value, ...others } = of;
  return more.length === 0 ? others : { ...others, [key]: without(value as Values, more) };
}

/** The objects that this chart makes of values without its own defaults. */
function renderOnly(only: Values) {
  return run('helm', ['template', 'image-detour', chartWithValues(folder, stringify(only))]);
}

describe('values of an older version, as --reuse-values takes them along', () => {
  const complete = renderOnly(values);

  test.each(pathsOf(values).map((path) => [path.join('.'), path] as const))(
    'without %s are refused by its name, or mean what they did',
    (_, path) => {
      const { status, stdout, stderr } = renderOnly(without(values, path));
      if (status === 0) expect(stdout).toBe(complete.stdout);
      else expect(stderr).toMatch(new RegExp(`missing propert(y|ies) '${path.at(-1)}'`));
    },
  );
});

describe('values that clash are refused:', () => {
  test.each<[string, object, RegExp]>([
    [
      'one port for reviews and health',
      { ports: { webhook: 9443, health: 9443 } },
      /ports.webhook and ports.health are both 9443/,
    ],
    [
      'at least as many replicas as at most',
      { autoscaling: { enabled: true, minReplicas: 7 } },
      /autoscaling.minReplicas 7 is more than autoscaling.maxReplicas 6/,
    ],
    ['a label that the chart sets', { podLabels: { 'helm.sh/chart': 'x' } }, /helm\.sh\/chart/],
    ['a budget that is not a number', { podDisruptionBudget: { minAvailable: 'one' } }, /minAv/],
    ['a runbook without its host', { monitoring: { runbookUrl: 'docs/x.md#' } }, /runbookUrl/],
  ])('%s', (_, clashing, message) => {
    const { status, stderr } = template(clashing);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});

describe('a parent chart', () => {
  test.each([true, false])('turns its dependency on and off by a condition (%s)', (enabled) => {
    const parent = mkdtempSync(join(folder, 'parent-'));
    const dependency = {
      name: 'image-detour',
      version: '0.1.0',
      repository: `file://${chart}`,
      condition: 'image-detour.enabled',
    };
    writeFileSync(
      join(parent, 'Chart.yaml'),
      stringify({
        apiVersion: 'v2',
        name: 'platform',
        version: '1.0.0',
        dependencies: [dependency],
      }),
    );
    expect(run('helm', ['dependency', 'build', parent]).status).toBe(0);
    const set = ['--set', `image-detour.enabled=${enabled},image-detour.replicas=3`];
    const { status, stdout } = run('helm', ['template', 'platform', parent, ...set]);
    expect(status).toBe(0);
    expect(/^ {2}replicas: 3$/m.test(stdout)).toBe(enabled);
  });
});

describe('the Pods have', () => {
  const more = {
    podLabels: { team: 'platform' },
    extraVolumes: [{ name: 'ca', configMap: { name: 'company-ca' } }],
    extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/company-ca', readOnly: true }],
  };
  const objects = render(more);
  const pod = podOf(objects);

  test('the labels of the values, next to their own', () => {
    const { metadata } = one(objects, 'Deployment').spec.template;
    expect(metadata.labels).toMatchObject({
      team: 'platform',
      'app.kubernetes.io/name': 'image-detour',
    });
  });

  test('the volumes of the values, and mount them', () => {
    expect(pod.volumes).toContainEqual(more.extraVolumes[0]);
    expect(pod.containers[0].volumeMounts).toContainEqual(more.extraVolumeMounts[0]);
  });
});

describe('topologySpreadConstraints', () => {
  const zone = {
    maxSkew: 1,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'DoNotSchedule',
  };
  const of = (constraints: readonly object[]) =>
    podOf(render({ topologySpreadConstraints: constraints })).topologySpreadConstraints;

  test('count the replicas of one version, unless they select Pods themselves', () => {
    const labelSelector = { matchLabels: { app: 'all-webhooks' } };
    const [ours, theirs] = of([zone, { ...zone, labelSelector }]);
    expect(ours).toEqual({
      ...zone,
      labelSelector: { matchLabels: one(render(), 'Deployment').spec.selector.matchLabels },
      matchLabelKeys: ['pod-template-hash'],
    });
    expect(theirs).toEqual({ ...zone, labelSelector });
  });

  test('can be left out', () => expect(of([])).toBeUndefined());
});

describe('the PodDisruptionBudget', () => {
  const of = (podDisruptionBudget: object, replicas = 4) =>
    all(render({ replicas, podDisruptionBudget }), 'PodDisruptionBudget').map(({ spec }) => [
      spec.minAvailable,
      spec.maxUnavailable,
    ]);

  test('keeps as many replicas as the values say', () => {
    expect(of({})).toEqual([[1, undefined]]);
    expect(of({ minAvailable: '50%' })).toEqual([['50%', undefined]]);
    expect(of({ maxUnavailable: 1 })).toEqual([[undefined, 1]]);
    expect(of({ maxUnavailable: 0 })).toEqual([[undefined, 0]]);
  });

  test('is left out if the values say so, and for one replica', () => {
    expect(of({ enabled: false })).toEqual([]);
    expect(of({}, 1)).toEqual([]);
  });
});

test('on the network of the node, one replica is replaced and not counted as ready before', () => {
  const strategy = (more: object) =>
    one(render({ hostNetwork: true, ...more }), 'Deployment').spec.strategy;
  expect(strategy({ replicas: 1 })).toEqual({ type: 'Recreate' });
  expect(strategy({ autoscaling: { enabled: true, minReplicas: 1 } })).toEqual({
    type: 'Recreate',
  });
  expect(strategy({ replicas: 2 })).toEqual({ rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
});
