import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type RegistrationFinding, registrationExits } from '../../admission/registration-exits.ts';
import type { RotationStep, SharedCertificate } from '../../certificate/rotation.ts';
import {
  type UpkeepEvents,
  type UpkeepOptions,
  updateSharedCertificate,
} from '../../kubernetes/shared-certificate.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { Counter, countResults } from '../metrics/metric.ts';
import { type CertificatePair, type CertificateSource, expiryOf } from './certificate.ts';
import { repeated } from './repeat.ts';

/** How often the Secret and the configuration are checked, in milliseconds. */
const interval = 10_000;
/** How often they are checked while there is no certificate to serve, in milliseconds. */
const firstInterval = 1_000;

/**
 * Returns the source of the certificate that the replicas share in a Secret, and whose CA they
 * write into the webhook configuration. What fails is retried; until then the last certificate is
 * served.
 */
export function sharedCertificate(options: Omit<UpkeepOptions, 'on'>): CertificateSource {
  return async ({ metrics, logger, rules }, use) => {
    const upkeep = countResults(
      'detour_certificate_upkeep_total',
      'Checks of the certificate Secret and of the CA in the webhook configuration, by result.',
    );
    const { counters, on } = reportTo(logger, rules);
    metrics.register(upkeep, ...counters);
    let current: CertificatePair | undefined;
    let isServing = false;
    const update = async () => {
      const pair = toPair(await updateSharedCertificate({ ...options, on }));
      if (pair.cert === current?.cert) return;
      if (isServing) use(pair);
      current = pair;
    };
    const following = repeated(update, {
      interval,
      failed: (reason) =>
        logger.error({ reason }, 'the certificate could not be checked or renewed'),
      ended: (result) => upkeep.add(result),
    });
    while (!(await following.run())) await sleep(firstInterval);
    isServing = true;
    following.start();
    return { first: current as unknown as CertificatePair, stop: following.stop };
  };
}

function toPair({ certificate: cert, privateKey: key }: SharedCertificate): CertificatePair {
  return { cert, key, notAfter: expiryOf(cert) };
}

/** Returns events that are reported in the log and in the returned counters. */
function reportTo(
  logger: Logger,
  rules: () => RuleSet,
): { counters: readonly Counter<string>[]; on: UpkeepEvents } {
  const rotations = new Counter<RotationStep>(
    'detour_certificate_rotations_total',
    'Steps of certificate issue and rotation that this replica took.',
    'step',
  );
  const repairs = new Counter<string>(
    'detour_ca_bundle_repairs_total',
    'Writes of the CA into the webhook configuration by this replica.',
    'configuration',
  );
  let isUnconfigured = false;
  const reportExits = exitReporter(logger);
  const on: UpkeepEvents = {
    rotated: (step) => {
      rotations.add(step);
      logger.info({ step }, 'certificate rotated');
    },
    repaired: (configuration) => {
      repairs.add(configuration);
      logger.info({ configuration }, 'the CA was written into the webhook configuration');
    },
    configured: (configuration, object) => {
      if (object !== undefined)
        reportExits(configuration, registrationExits(object, rules().exits));
      const isThere = object !== undefined;
      if (isThere !== isUnconfigured) return;
      isUnconfigured = !isThere;
      if (isThere) logger.info({ configuration }, 'the webhook configuration exists again');
      else
        logger.warn(
          { configuration },
          'the webhook configuration does not exist: the API server does not call this webhook',
        );
    },
  };
  return { counters: [rotations as Counter<string>, repairs], on };
}

/**
 * Returns a function that logs the exits that a registration opens although the rules close them:
 * once, and again if they change.
 */
function exitReporter(
  logger: Logger,
): (configuration: string, found: readonly RegistrationFinding[]) => void {
  let last = '';
  return (configuration, found) => {
    const reasons = found
      .filter(({ severity }) => severity === 'warning')
      .map(({ code, message }) => `${code}: ${message}`);
    const now = reasons.join('; ');
    if (now === last) return;
    last = now;
    if (now === '') {
      logger.info(
        { configuration },
        'the webhook configuration opens no exit that the rules close',
      );
    } else {
      logger.warn(
        { configuration, reasons },
        'the webhook configuration opens an exit that the rules close',
      );
    }
  };
}
