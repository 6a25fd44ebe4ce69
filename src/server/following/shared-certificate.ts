import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  type RotationStep,
  rotationSteps,
  type SharedCertificate,
} from '../../certificate/rotation.ts';
import { trustsBundle } from '../../kubernetes/registration.ts';
import {
  type UpkeepEvents,
  type UpkeepOptions,
  updateSharedCertificate,
} from '../../kubernetes/shared-certificate.ts';
import { Counter, countResults } from '../metrics/metric.ts';
import { type CertificatePair, type CertificateSource, expiryOf } from './certificate.ts';
import { FairQueue } from './fair-queue.ts';
import { repeated } from './repeat.ts';

/** How often the Secret and the configuration are checked, in milliseconds. */
const interval = 10_000;
/** How often they are checked while there is no certificate to serve, in milliseconds. */
const firstInterval = 1_000;
/**
 * How long a check rests before a changed configuration causes the next one, in milliseconds: the
 * replicas and another writer that disagrees with them must not write all the time.
 */
const rest = 300;

/**
 * Returns the source of the certificate that the replicas share in a Secret, and whose CA they
 * write into the webhook configuration: repeatedly, and as soon as the registration trusts another
 * CA. What fails is retried; until then the last certificate is served.
 */
export function sharedCertificate(options: Omit<UpkeepOptions, 'on'>): CertificateSource {
  return async ({ metrics, logger, registration }, use) => {
    const upkeep = countResults(
      'detour_certificate_upkeep_total',
      'Checks of the certificate Secret and of the CA in the webhook configuration, by result.',
    );
    const { counters, on } = reportTo(options.configuration, logger);
    metrics.register(upkeep, ...counters);
    let current: CertificatePair | undefined;
    let bundle = '';
    let isServing = false;
    const update = async () => {
      const shared = await updateSharedCertificate({ ...options, on }, registration?.watched());
      const pair = toPair(shared);
      bundle = shared.caBundle;
      if (pair.cert === current?.cert) return;
      if (isServing) use(pair);
      current = pair;
    };
    const checking = repeated(update, {
      interval,
      failed: (reason) =>
        logger.error({ reason }, 'the certificate could not be checked or renewed'),
      ended: (result) => upkeep.add(result),
    });
    while (!(await checking.run())) await sleep(firstInterval);
    isServing = true;
    checking.start();
    const repairs = new FairQueue(() => checking.run(), { rest, retry: interval });
    registration?.onChange((now) => {
      if (now === undefined || trustsBundle(now, bundle)) return;
      repairs.add(now.metadata.name);
    });
    const stop = () => {
      checking.stop();
      repairs.stop();
    };
    const now = () => options.api.now();
    return { first: current as unknown as CertificatePair, now, stop };
  };
}

function toPair({ certificate: cert, privateKey: key }: SharedCertificate): CertificatePair {
  return { cert, key, notAfter: expiryOf(cert) };
}

/** Returns events that are reported in the log and in the returned counters. */
function reportTo(
  configuration: string | undefined,
  logger: Logger,
): { counters: readonly Counter<string>[]; on: UpkeepEvents } {
  const rotations = new Counter<RotationStep>(
    'detour_certificate_rotations_total',
    'Steps of certificate issue and rotation that this replica took.',
    'step',
    rotationSteps,
  );
  const repairs = new Counter<string>(
    'detour_ca_bundle_repairs_total',
    'Writes of the CA into the webhook configuration by this replica.',
    'configuration',
    configuration === undefined ? [] : [configuration],
  );
  const on: UpkeepEvents = {
    rotated: (step) => {
      rotations.add(step);
      logger.info({ step }, 'certificate rotated');
    },
    repaired: (repaired) => {
      repairs.add(repaired);
      logger.info({ configuration: repaired }, 'the CA was written into the webhook configuration');
    },
  };
  return { counters: [rotations as Counter<string>, repairs], on };
}
