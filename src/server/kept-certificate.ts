import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { KeptCertificate, RotationStep } from '../certificate/rotation.ts';
import {
  type KeeperEvents,
  type KeeperOptions,
  keepOnce,
} from '../kubernetes/certificate-keeper.ts';
import { type CertificatePair, type CertificateSource, expiryOf } from './live-certificate.ts';
import { Counter, countResults } from './metric.ts';

/** How often the Secret and the configuration are looked at, in milliseconds. */
const interval = 10_000;
/** The same while there is nothing to serve. */
const firstInterval = 1_000;

/**
 * The certificate that the replicas keep in a Secret, under a CA that they keep in the webhook configuration. What cannot be
 * done now is tried again; until then the last certificate stays.
 */
export function keptCertificate(options: Omit<KeeperOptions, 'on'>): CertificateSource {
  return async ({ metrics, logger }, use) => {
    const upkeep = countResults(
      'detour_certificate_upkeep_total',
      'Looks at the Secret with the certificate and at the CA in the webhook configuration.',
    );
    const { counters, on } = tell(logger);
    metrics.register(upkeep, ...counters);
    let lastFailure = '';
    const keep = async (): Promise<CertificatePair | undefined> => {
      try {
        const pair = toPair(await keepOnce({ ...options, on }));
        upkeep.add('success');
        lastFailure = '';
        return pair;
      } catch (error) {
        upkeep.add('failure');
        const reason = error instanceof Error ? error.message : String(error);
        // Tried again each time, told once.
        if (reason !== lastFailure) logger.error({ reason }, 'the certificate could not be kept');
        lastFailure = reason;
        return undefined;
      }
    };

    let current = await keep();
    for (; current === undefined; current = await keep()) await sleep(firstInterval);
    const first = current;
    let timer: NodeJS.Timeout;
    let isStopped = false;
    const look = async () => {
      const pair = await keep();
      if (isStopped) return;
      if (pair !== undefined && pair.cert !== current?.cert) {
        current = pair;
        use(pair);
      }
      schedule();
    };
    const schedule = () => {
      // Not all replicas at once.
      timer = setTimeout(() => void look(), interval * (0.9 + Math.random() * 0.2));
      timer.unref();
    };
    schedule();
    const stop = () => {
      isStopped = true;
      clearTimeout(timer);
    };
    return { first, stop };
  };
}

function toPair({ certificate: cert, privateKey: key }: KeptCertificate): CertificatePair {
  return { cert, key, notAfter: expiryOf(cert) };
}

/** Tells what was done, in log and metrics. */
function tell(logger: Logger): { counters: readonly Counter<string>[]; on: KeeperEvents } {
  const rotations = new Counter<RotationStep>(
    'detour_certificate_rotations_total',
    'Steps that this replica took in issuing and replacing certificates.',
    'step',
  );
  const repairs = new Counter<string>(
    'detour_ca_bundle_repairs_total',
    'Times this replica wrote the CA into the webhook configuration.',
    'configuration',
  );
  let isUnconfigured = false;
  const on: KeeperEvents = {
    rotated: (step) => {
      rotations.add(step);
      logger.info({ step }, 'certificate rotated');
    },
    repaired: (configuration) => {
      repairs.add(configuration);
      logger.info({ configuration }, 'the CA was written into the webhook configuration');
    },
    configured: (configuration, isThere) => {
      if (isThere !== isUnconfigured) return;
      isUnconfigured = !isThere;
      if (isThere) logger.info({ configuration }, 'the webhook configuration is there again');
      else
        logger.warn(
          { configuration },
          'there is no webhook configuration of this name: the API server does not call',
        );
    },
  };
  return { counters: [rotations as Counter<string>, repairs], on };
}
