import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type RegistrationFinding, registrationExits } from '../admission/registration-exits.ts';
import type { KeptCertificate, RotationStep } from '../certificate/rotation.ts';
import {
  type KeeperEvents,
  type KeeperOptions,
  keepOnce,
} from '../kubernetes/certificate-keeper.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { type CertificatePair, type CertificateSource, expiryOf } from './live-certificate.ts';
import { Counter, countResults } from './metric.ts';
import { repeated } from './repeat.ts';

/** How often the Secret and the configuration are looked at, in milliseconds. */
const interval = 10_000;
/** The same while there is nothing to serve. */
const firstInterval = 1_000;

/**
 * The certificate that the replicas keep in a Secret, under a CA that they keep in the webhook configuration. What cannot be
 * done now is tried again; until then the last certificate stays.
 */
export function keptCertificate(options: Omit<KeeperOptions, 'on'>): CertificateSource {
  return async ({ metrics, logger, rules }, use) => {
    const upkeep = countResults(
      'detour_certificate_upkeep_total',
      'Checks of the certificate Secret and of the CA in the webhook configuration, by result.',
    );
    const { counters, on } = reportTo(logger, rules);
    metrics.register(upkeep, ...counters);
    let current: CertificatePair | undefined;
    let isServing = false;
    const keeping = repeated(
      async () => {
        const pair = toPair(await keepOnce({ ...options, on }));
        if (pair.cert === current?.cert) return;
        if (isServing) use(pair);
        current = pair;
      },
      {
        ...{ interval, logger, message: 'the certificate could not be checked or renewed' },
        ended: (result) => upkeep.add(result),
      },
    );
    while (!(await keeping.run())) await sleep(firstInterval);
    isServing = true;
    keeping.start();
    return { first: current as unknown as CertificatePair, stop: keeping.stop };
  };
}

function toPair({ certificate: cert, privateKey: key }: KeptCertificate): CertificatePair {
  return { cert, key, notAfter: expiryOf(cert) };
}

/** Reports what was done, in log and metrics. */
function reportTo(
  logger: Logger,
  rules: () => RuleSet,
): { counters: readonly Counter<string>[]; on: KeeperEvents } {
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
  const on: KeeperEvents = {
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

/** Returns what reports the exits that a registration opens against the rules: once, and again if they change. */
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
