import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  json,
  type ScriptedApi,
  startScriptedApi,
  stream,
} from '../../../test/support/scripted-api.ts';
import { buildWebhookConfiguration } from '../../admission/webhook-configuration.ts';
import { type IssuedCertificate, issueSelfSigned } from '../../certificate/issue.ts';
import type { Exit } from '../../rules/exit-names.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { Metrics } from '../metrics/metrics.ts';
import { FollowedRegistration } from './registration.ts';

const rules = () => ({ exits: new Set<Exit>() }) as unknown as RuleSet;

let server: ScriptedApi;
let issued: IssuedCertificate;
let metrics: Metrics;
let lines: Record<string, unknown>[];
let followed: FollowedRegistration;

beforeEach(async () => {
  server = await startScriptedApi();
  issued = await issueSelfSigned(['detour.ns.svc']);
  metrics = new Metrics('test');
  lines = [];
});
afterEach(() => {
  followed.stop();
  server.stop();
});

function follow(hasPublicCa = false): void {
  const write = (line: string) => void lines.push(JSON.parse(line));
  const context = { metrics, logger: pino({ base: null }, { write }), interval: 1_000 };
  const options = { api: server.api, name: 'it', hasPublicCa, paths: ['/mutate'] };
  followed = new FollowedRegistration(options, rules, context);
  followed.present(issued.certificate);
}

const gaugeOf = (name: string) =>
  metrics
    .all()
    .find((metric) => metric.name === name)
    ?.samples()[0]?.value;

function listOf(caBundle: string | undefined): object {
  const service = { namespace: 'ns', name: 'detour', port: 443, path: '/mutate' };
  const registration = buildWebhookConfiguration({
    name: 'it',
    address: { service },
    caBundle,
    kubernetes: 36,
    failurePolicy: 'Ignore',
    timeoutSeconds: 3,
    excludedNamespaces: [],
    optOutLabel: false,
  });
  return { metadata: { resourceVersion: '1' }, items: [registration] };
}

test('without the right to watch it, a server says so once and is not ready; it goes on trying', async () => {
  const message = 'no right to list';
  server.answer(json({ message }, 403), json({ message }, 403));
  server.answer(json(listOf(issued.caCertificate)), stream(''));
  follow();
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 5_000 });
  expect(lines).toMatchObject([{ reason: message, msg: 'the registration cannot be watched' }]);
  expect(followed.notReady()).toMatch(/^the registration it is not in force yet: it has not been/);
  expect(gaugeOf('detour_registration_watched')).toBe(0);
  expect(gaugeOf('detour_registration_in_force')).toBe(0);

  await followed.firstInForce;
  expect(followed.notReady()).toBeUndefined();
  await vi.waitFor(() => expect(gaugeOf('detour_registration_watched')).toBe(1));
  expect(gaugeOf('detour_registration_in_force')).toBe(1);
  expect(lines.filter(({ reason }) => reason === message)).toHaveLength(1);
  expect(new Set(server.asked.map(({ query }) => query.fieldSelector))).toEqual(
    new Set(['metadata.name=it']),
  );
});

test('a watch that ends does not change what is known, and the log has no line about it', async () => {
  server.answer(json(listOf(issued.caCertificate)), stream('', 'break'), stream(''));
  follow();
  await followed.firstInForce;
  await vi.waitFor(() => expect(server.asked).toHaveLength(3), { timeout: 5_000 });
  expect(gaugeOf('detour_registration_in_force')).toBe(1);
  expect(lines.filter(({ problem }) => problem !== undefined)).toEqual([]);
});

test.each([
  [false, 'ca-bundle'],
  [true, undefined],
])('an empty caBundle, with a public CA: %s', async (hasPublicCa, problem) => {
  server.answer(json(listOf(undefined)), stream(''));
  follow(hasPublicCa);
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 5_000 });
  expect(lines[0]?.problem).toBe(problem);
});

test('a clock that is 400 days ahead does not matter: that of the API server counts', async () => {
  const list = json(listOf(issued.caCertificate));
  const now = new Date().toUTCString();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 400 * 24 * 60 * 60 * 1000 });
  try {
    server.answer((response, request) => {
      response.setHeader('date', now);
      list(response, request);
    }, stream(''));
    follow();
    await followed.firstInForce;
    expect(gaugeOf('detour_registration_in_force')).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test('what the watch knows is not read again, unless the watch fails', async () => {
  server.answer(json(listOf(issued.caCertificate)), stream(''));
  follow();
  expect(followed.watched()).toBeUndefined();
  await followed.firstInForce;
  await vi.waitFor(() => expect(followed.watched()?.registration).toBeDefined());
  for (const socket of server.sockets) socket.destroy();
  await vi.waitFor(() => expect(followed.watched()).toBeUndefined(), { timeout: 5_000 });
});

test('another certificate is compared at once', async () => {
  server.answer(json(listOf(issued.caCertificate)), stream(''));
  follow();
  await followed.firstInForce;
  followed.present((await issueSelfSigned(['detour.ns.svc'])).certificate);
  expect(gaugeOf('detour_registration_in_force')).toBe(0);
  expect(followed.inForce).toBeUndefined();
  // It was ready once.
  expect(followed.notReady()).toBeUndefined();
});
