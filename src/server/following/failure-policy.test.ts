import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { json, type ScriptedApi, startScriptedApi } from '../../../test/support/scripted-api.ts';
import { failurePolicyAnnotation, webhookName } from '../../admission/webhook-configuration.ts';
import type { Registration } from '../../kubernetes/registration.ts';
import { Metrics } from '../metrics/metrics.ts';
import { FailurePolicy } from './failure-policy.ts';

let server: ScriptedApi;
let metrics: Metrics;
let lines: Record<string, unknown>[];
let policy: FailurePolicy;

beforeEach(async () => {
  server = await startScriptedApi();
  metrics = new Metrics('test');
  lines = [];
  // Those of requests end with the server.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  policy.stop();
  server.stop();
});

/** Looks after a registration that is in force, which an API server has sent a review by. */
function follow(annotations: Record<string, string>): void {
  const registration: Registration = {
    metadata: { name: 'it', annotations, managedFields: [{ manager: 'helm' }, ours] },
    webhooks: [{ name: webhookName, failurePolicy: 'Ignore', clientConfig: {} }],
  };
  const write = (line: string) => void lines.push(JSON.parse(line));
  policy = new FailurePolicy(
    { api: server.api, namespace: 'ns', exemption: ['image-detour', 'disabled'] },
    { inForce: registration, onChange: (listener) => listener(registration) },
    { metrics, logger: pino({ base: null }, { write }), interval: 1_000 },
  );
  policy.reviewed('kube-apiserver-admission');
}

const ours = { manager: 'image-detour' };
const labelled = json({ metadata: { name: 'ns', labels: { 'image-detour': 'disabled' } } });
const refused = json({ message: 'no right to update' }, 403);

const pending = () =>
  metrics
    .all()
    .find(({ name }) => name === 'detour_failure_policy_pending')
    ?.samples()
    .filter(({ value }) => value === 1)
    .map(({ labels }) => labels?.reason);

test('a write that is refused again and again is reported once, and its metric stays', async () => {
  server.answer(labelled, refused, labelled);
  follow({ [failurePolicyAnnotation]: 'Fail' });
  await vi.waitFor(() => expect(pending()).toEqual(['write']));
  await vi.advanceTimersByTimeAsync(5_000);
  // The second write has no answer yet.
  await vi.waitFor(() => expect(server.asked).toHaveLength(4));
  expect(pending()).toEqual(['write']);
  expect(lines).toMatchObject([{ reason: 'no right to update' }]);
});

test('where nobody asks for Fail, nothing is said to wait for it', async () => {
  server.answer(refused, refused);
  follow({});
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  await vi.advanceTimersByTimeAsync(5_000);
  await vi.waitFor(() => expect(server.asked).toHaveLength(2));
  expect(pending()).toEqual([]);
  const msg = 'the ownership of fields of the registration cannot be given up';
  expect(lines).toMatchObject([{ msg, reason: 'no right to update' }]);
});
