import type { RuleSet } from '../../rules/rule-set.ts';
import type { CertificatePair } from './certificate.ts';
import type { FollowContext } from './context.ts';
import { FailurePolicy, type RaiseOptions } from './failure-policy.ts';
import { FollowedRegistration, type RegistrationOptions } from './registration.ts';

/** RegistrationUpkeep follows the registration of a server, and raises its failurePolicy. */
export interface RegistrationUpkeep extends Pick<FollowedRegistration, 'onChange' | 'watched'> {
  /** Returns why the server is not ready; undefined since the registration was first in force. */
  notReady(): string | undefined;
  /** Resolves when the registration is in force for the first time. */
  readonly firstInForce: Promise<void>;
  /** Takes note of the certificate that the server presents from now on. */
  present(pair: CertificatePair): void;
  /** Takes note of a review that was answered, by the User-Agent of its sender. */
  reviewed(agent: string | undefined): void;
  stop(): void;
}

/** Returns what begins to look after a registration. */
export function keepRegistration(
  options: RegistrationOptions & Omit<RaiseOptions, 'api'>,
): (rules: () => RuleSet, context: FollowContext) => RegistrationUpkeep {
  return (rules, context) => {
    const registration = new FollowedRegistration(options, rules, context);
    const failurePolicy = new FailurePolicy(options, registration, context);
    return {
      notReady: () => registration.notReady(),
      firstInForce: registration.firstInForce,
      watched: () => registration.watched(),
      onChange: (listener) => registration.onChange(listener),
      present: ({ cert }) => registration.present(cert),
      reviewed: (agent) => failurePolicy.reviewed(agent),
      stop() {
        registration.stop();
        failurePolicy.stop();
      },
    };
  };
}
