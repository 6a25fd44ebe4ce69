import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { disturb, expectNothingLost } from '../cluster/load/disturb.ts';
import { issueFor } from '../cluster/rig/brought-certificate.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { Product } from '../cluster/rig/product.ts';
import { until } from '../rig/process.ts';

const cluster = new Cluster(inject('cluster'));
const replicas = 3;
/**
 * In seconds. What falls due just after a new CA came in must last for the overlap and two looks of
 * a replica, one each 10 s: with a certificate of 45 s, one that had expired was served now and
 * then.
 */
const life = { certificate: 105, authority: 150, overlap: 15 };
const product = new Product(cluster, 'certified', {
  webhook: { failurePolicy: 'Fail' },
  // Of two, each has looked when it is the other's turn again, and nothing would show that the
  // overlap is needed.
  replicas,
  extraArgs: [
    `--certificate-lifetime=${life.certificate}s`,
    `--ca-lifetime=${life.authority}s`,
    `--ca-overlap=${life.overlap}s`,
  ],
});

describe('its own certificate and CA', () => {
  beforeAll(async () => {
    await product.install();
    return () => product.uninstall();
  });

  test('are both replaced under load, and nothing is lost', { timeout: 300_000 }, async () => {
    const [before] = await trusted();
    const servedBefore = await served();
    const bundles = new Set<number>();
    const how = () =>
      until(
        'the old CA is trusted no more',
        async () => {
          await sleep(1_000);
          const bundle = await trusted();
          bundles.add(bundle.length);
          return bundle.every(({ fingerprint256 }) => fingerprint256 !== before?.fingerprint256);
        },
        life.authority * 1.5,
      );
    expectNothingLost(
      await disturb(cluster, product, { what: 'certificate and CA rotation', how }),
    );

    // Both were trusted for a time.
    expect(bundles).toEqual(new Set([1, 2]));
    const [now] = await trusted();
    for (const certificate of await served()) {
      expect(certificate.verify(now!.publicKey)).toBe(true);
      expect(servedBefore.map(({ fingerprint256 }) => fingerprint256)).not.toContain(
        certificate.fingerprint256,
      );
    }
  });

  test.each([
    ['emptied', ''],
    ['edited by hand', issueFor(cluster, 'another').cert],
  ])('a caBundle that was %s is repaired', async (_how, bundle) => {
    const before = (await trusted()).at(-1)?.fingerprint256;
    const caBundle = Buffer.from(bundle).toString('base64');
    const begun = performance.now();
    expect((await product.setCaBundle(bundle)).trim()).toBe(caBundle);
    const isRepaired = async () => (await trusted()).at(-1)?.fingerprint256 === before;
    await until('it is repaired', isRepaired, 15);
    console.log(`repaired after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    await product.isAsked();
  });
});

/** The CAs in the configuration. */
async function trusted(): Promise<X509Certificate[]> {
  const bundle = await cluster.kubectl([
    'get',
    'mutatingwebhookconfiguration',
    product.name,
    '--output',
    'jsonpath={.webhooks[0].clientConfig.caBundle}',
  ]);
  return readCertificates(Buffer.from(bundle, 'base64').toString());
}

/** What each replica serves. */
async function served(): Promise<X509Certificate[]> {
  const pods = await product.readyPods(replicas);
  const certificates = await Promise.all(
    pods.map(({ status }) =>
      cluster.inside(['openssl', 's_client', '-connect', `${status.podIP}:8443`]),
    ),
  );
  return certificates.flatMap(readCertificates);
}

function readCertificates(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
