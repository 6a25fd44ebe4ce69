import { describe, expect, test } from 'vitest';
import { chart, run } from './rig/chart.ts';

/* What helm install prints at its end is right for what was installed. */

const notes = (...settings: readonly string[]) => {
  const place = ['install', 'image-detour', chart, '--namespace', 'image-detour'];
  const { status, stdout, stderr } = run('helm', [
    ...[...place, '--dry-run=client'],
    ...settings.flatMap((setting) => ['--set', setting]),
  ]);
  if (status !== 0) throw new Error(stderr);
  return stdout.replace(/^.*^NOTES:/ms, '');
};

describe('if somebody else registers the webhook, NOTES', () => {
  const create = 'webhook.create=false';
  const existing = [create, 'certificate.mode=existing', 'certificate.secretName=tls'];

  test('say that no Pod is rewritten until then, and how to register it', () => {
    for (const text of [notes(create), notes(...existing)]) {
      expect(text).toContain('Until you do, no Pod is rewritten');
      expect(text).toContain('detour webhook --service image-detour/image-detour --ca-bundle');
    }
    expect(notes()).not.toContain('detour webhook');
  });

  test('say where the CA is, and that it is replaced after eight months, if the webhook issues it', () => {
    expect(notes(create)).toMatch(/get secret image-detour-certificate .*ca\\\.crt/);
    expect(notes(create)).toContain('After eight months');
    expect(notes(...existing)).not.toContain('After eight months');
  });
});

test('NOTES do not ask to put rules into the values that are in a ConfigMap of yours', () => {
  expect(notes()).toContain('put the same text into your values');
  const text = notes('rules.existingConfigMap=mine');
  expect(text).toContain('your ConfigMap mine, which this chart never writes');
  expect(text).toContain('edit configmap mine');
  expect(text).not.toContain('into your values');
});
