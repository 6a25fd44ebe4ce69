import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { dueStep, type RotationContext, rotate, type SharedCertificate } from './rotation.ts';

const hour = 60 * 60 * 1000;
const day = 24 * hour;
const names = ['image-detour.image-detour.svc'];
const lifetimes = { serving: 30 * day, authority: 365 * day, overlap: hour };
// Dates in certificates have whole seconds.
const begin = Math.floor(Date.now() / 1000) * 1000;
const at = (now: number, more: Partial<RotationContext> = {}): RotationContext => ({
  now: begin + now,
  names,
  lifetimes,
  ...more,
});

let first: SharedCertificate;
beforeAll(async () => {
  first = await rotate(undefined, 'begin', at(0));
});

const bundleOf = ({ caBundle }: SharedCertificate) => caBundle.match(/BEGIN/g)?.length;

test('the first certificate is valid for its names, at once and for clocks that are an hour behind', () => {
  expect(dueStep(first, at(0))).toBeUndefined();
  expect(dueStep(first, at(-hour))).toBeUndefined();
  const leaf = new X509Certificate(first.certificate);
  expect(leaf.checkHost('image-detour.image-detour.svc')).toBe('image-detour.image-detour.svc');
  expect(leaf.verify(new X509Certificate(first.caBundle).publicKey)).toBe(true);
});

test('without anything it begins', () => {
  expect(dueStep(undefined, at(0))).toBe('begin');
});

test.each<[string, Partial<SharedCertificate>]>([
  ['no certificate', { certificate: '', privateKey: '' }],
  ['a certificate that is cut short', { certificate: '-----BEGIN CERTIFICATE-----\nMII' }],
  ['a key that is none', { privateKey: 'key' }],
  ['a broken certificate behind the first', { certificate: 'and more' }],
])('with %s, the CA that is there signs another', (_, broken) => {
  const certificate =
    broken.certificate === 'and more'
      ? `${first.certificate}-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n`
      : (broken.certificate ?? first.certificate);
  expect(dueStep({ ...first, ...broken, certificate }, at(0))).toBe('renew-certificate');
});

test.each<[string, Partial<SharedCertificate>]>([
  ['nothing that is whole', { certificate: '', caKey: '' }],
  ['no CA and no certificate', { certificate: '', caBundle: '' }],
  ['a certificate of no known CA', { caBundle: '' }],
])('with %s it begins anew', (_, broken) => {
  expect(dueStep({ ...first, ...broken }, at(0))).toBe('begin');
});

test('a CA without its key is followed by another, while what it signed is served on', async () => {
  const broken = { ...first, caKey: '' };
  expect(dueStep(broken, at(0))).toBe('add-authority');
  const next = await rotate(broken, 'add-authority', at(0));
  expect(next.certificate).toBe(first.certificate);
  expect(next.caBundle).toContain(first.caBundle.trim());
});

test('another name needs another certificate', async () => {
  const context = at(0, { names: [...names, 'other.example'] });
  expect(dueStep(first, context)).toBe('renew-certificate');
  expect(dueStep(await rotate(first, 'renew-certificate', context), context)).toBeUndefined();
});

test('a certificate is renewed after two thirds of its life, under the same CA', async () => {
  expect(dueStep(first, at(20 * day - 1000))).toBeUndefined();
  expect(dueStep(first, at(20 * day))).toBe('renew-certificate');
  const renewed = await rotate(first, 'renew-certificate', at(20 * day));
  expect(renewed.caBundle).toBe(first.caBundle);
  expect(renewed.certificate).not.toBe(first.certificate);
  expect(dueStep(renewed, at(20 * day))).toBeUndefined();
});

test('nothing is issued for longer than its CA lives', async () => {
  const late = await rotate(first, 'renew-certificate', at(350 * day));
  expect(Date.parse(new X509Certificate(late.certificate).validTo)).toBe(
    Date.parse(new X509Certificate(first.caBundle).validTo),
  );
});

describe('a new CA', () => {
  const due = 244 * day;
  let before: SharedCertificate;
  beforeAll(async () => {
    before = await rotate(first, 'renew-certificate', at(due - day));
  });

  test('is trusted first, signs an hour later, and an hour after that the old one goes', async () => {
    expect(dueStep(before, at(due))).toBe('add-authority');
    const added = await rotate(before, 'add-authority', at(due));
    expect(bundleOf(added)).toBe(2);
    expect(added.certificate).toBe(before.certificate);
    expect(dueStep(added, at(due))).toBeUndefined();
    expect(dueStep(added, at(due + hour - 1000))).toBeUndefined();

    expect(dueStep(added, at(due + hour))).toBe('renew-certificate');
    const signed = await rotate(added, 'renew-certificate', at(due + hour));
    expect(bundleOf(signed)).toBe(2);
    expect(dueStep(signed, at(due + 2 * hour - 1000))).toBeUndefined();

    expect(dueStep(signed, at(due + 2 * hour))).toBe('drop-authorities');
    const settled = await rotate(signed, 'drop-authorities', at(due + 2 * hour));
    expect(bundleOf(settled)).toBe(1);
    expect(settled.certificate).toBe(signed.certificate);
    expect(dueStep(settled, at(due + 2 * hour))).toBeUndefined();
  });

  test('signs at once where the old certificate has expired meanwhile', async () => {
    const added = await rotate(before, 'add-authority', at(due));
    expect(dueStep(added, at(due + 40 * day))).toBe('renew-certificate');
  });

  test('leaves expired ones out', async () => {
    const expired = await rotate(first, 'add-authority', at(366 * day));
    expect(bundleOf(expired)).toBe(1);
  });
});

/** Half-hours after each ten days, when something falls due, and one time between. */
function* timesOfTwoYears(): Generator<number> {
  for (let begun = 0; begun < 730 * day; begun += 10 * day) {
    for (let passed = 0; passed <= 3 * hour; passed += hour / 2) yield begun + passed;
    yield begun + 5 * day;
  }
}

test('whoever trusts the bundle accepts what is served, at every step of two years', async () => {
  let kept = first;
  const seen = new Map<string, number>();
  // What verifiers trust is what they learned some minutes ago.
  let trusted = kept.caBundle;
  for (const now of timesOfTwoYears()) {
    const step = dueStep(kept, at(now));
    if (step !== undefined) {
      seen.set(step, (seen.get(step) ?? 0) + 1);
      kept = await rotate(kept, step, at(now));
    }
    expect(isTrusted(kept.certificate, trusted), `${step} after ${now / hour} h`).toBe(true);
    trusted = kept.caBundle;
  }
  expect(Object.fromEntries(seen)).toMatchObject({ 'add-authority': 2, 'drop-authorities': 2 });
  expect(seen.get('renew-certificate')).toBeGreaterThan(30);
  expect(seen.has('begin')).toBe(false);
}, 60_000);

const minute = 60_000;
test.each([
  ['together', { serving: 180 * minute, authority: 360 * minute, overlap: 60 * minute }],
  [
    'shortly after each other',
    { serving: 90 * minute, authority: 400 * minute, overlap: 30 * minute },
  ],
])(
  'what is served has not expired, also where a CA and a certificate fall due %s',
  async (_, short) => {
    let kept = await rotate(undefined, 'begin', at(0, { lifetimes: short }));
    for (let now = 0; now < 24 * hour; now += 5 * minute) {
      const context = at(now, { lifetimes: short });
      const step = dueStep(kept, context);
      expect(step === 'begin', `after ${now / minute} minutes`).toBe(false);
      if (step !== undefined) kept = await rotate(kept, step, context);
      const left = Date.parse(new X509Certificate(kept.certificate).validTo) - begin - now;
      expect(left, `${step} after ${now / minute} minutes`).toBeGreaterThan(5 * minute);
    }
  },
  60_000,
);

test('a cluster that comes back shortly before its CA ends begins no circle of renewals', async () => {
  const now = 365 * day - 80 * minute;
  let kept = await rotate(first, 'renew-certificate', at(now - day));
  const steps: string[] = [];
  for (let passed = 0; passed < 3 * hour; passed += minute) {
    const step = dueStep(kept, at(now + passed));
    if (step === undefined) continue;
    steps.push(step);
    kept = await rotate(kept, step, at(now + passed));
  }
  expect(steps).toEqual(['add-authority', 'renew-certificate', 'drop-authorities']);
});

test('where it begins anew, CAs whose certificates others may serve stay trusted', async () => {
  const begun = await rotate({ ...first, certificate: '', caKey: '' }, 'begin', at(0));
  expect(bundleOf(begun)).toBe(2);
  expect(dueStep(begun, at(0))).toBeUndefined();
});

test('a TLS client that trusts old and new takes certificates of both', async () => {
  const added = await rotate(first, 'add-authority', at(0));
  const signed = await rotate(added, 'renew-certificate', at(0));
  for (const kept of [added, signed]) await handshake(kept, added.caBundle);
  await expect(handshake(signed, first.caBundle)).rejects.toThrow(/unable to verify|self-signed/);
});

function isTrusted(certificate: string, bundle: string): boolean {
  const leaf = new X509Certificate(certificate);
  const blocks = bundle.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  return blocks.some((block) => leaf.verify(new X509Certificate(block).publicKey));
}

async function handshake(kept: SharedCertificate, ca: string): Promise<void> {
  const server = createServer({ cert: kept.certificate, key: kept.privateKey });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', ca, servername: names[0] as string });
    await once(socket, 'secureConnect');
    socket.destroy();
  } finally {
    server.close();
  }
}
