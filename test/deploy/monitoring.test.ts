import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { named, one, render, root } from './rig/chart.ts';
import { readQuery } from './rig/promql.ts';

/**
 * Of kube-state-metrics, of kube-apiserver (upgrade.test.ts sees it), and of every process that
 * prom-client looks at.
 */
const ofOthers = [
  'kube_deployment_spec_replicas',
  'kube_deployment_status_replicas_available',
  'kube_deployment_status_replicas_unavailable',
  'kube_cronjob_created',
  'kube_cronjob_status_last_successful_time',
  'kube_job_failed',
  'kube_job_status_start_time',
  'apiserver_admission_webhook_fail_open_count',
  'apiserver_admission_webhook_rejection_count',
  'apiserver_admission_webhook_admission_duration_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
];
const documented = readFileSync(join(root, 'docs/serve.md'), 'utf8').matchAll(/`(detour_\w+)/g);
const known = new Set([...ofOthers, ...[...documented].map(([, name]) => name)]);

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const objects = render({
  monitoring: { alerts: true, dashboard: true, runbookUrl: 'https://runbook.example/#' },
  rules: { existingConfigMap: 'mine' },
  sync: { enabled: true },
});
const alerts: readonly Alert[] = one(objects, 'PrometheusRule').spec.groups[0].rules;
const dashboard = JSON.parse(
  named(objects, 'ConfigMap', 'image-detour-dashboard').data['image-detour.json'],
);
const panels: readonly Panel[] = dashboard.panels;

const queries: readonly [string, string][] = [
  ...alerts.map(({ alert, expr }): [string, string] => [`alert ${alert}`, expr]),
  ...panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }): [string, string] => [`panel ${title}`, expr]),
  ),
];

describe.each(queries)('%s', (_, text) => {
  // What Grafana puts in before it asks.
  const query = readQuery(text.replaceAll('$__rate_interval', '5m'));

  test('is PromQL', () => expect(query.errors).toEqual([]));

  test('reads metrics that exist', () => {
    const isKnown = (name: string) =>
      known.has(name) || known.has(name.replace(/_(bucket|count|sum)$/, ''));
    expect(query.metrics).not.toEqual([]);
    expect(query.metrics.filter((name) => !isKnown(name))).toEqual([]);
  });
});

test('a query that is none would be found', () => {
  expect(readQuery('sum(rate(detour_decisions_total[5m])').errors).not.toEqual([]);
});

test.each(alerts)('the alert $alert says how bad it is and where its runbook is', (alert) => {
  expect(alert.labels.severity).toMatch(/^(critical|warning)$/);
  expect(alert.annotations).toEqual({
    summary: expect.stringMatching(/\.$/),
    runbook_url: `https://runbook.example/#${alert.alert.toLowerCase()}`,
  });
});

test('the alerts read the Pods of their own release', () => {
  for (const { expr } of alerts.filter(({ expr }) => expr.includes('detour_'))) {
    expect(expr).toMatch(/namespace="image-detour", pod=~"image-detour-/);
  }
});
