import type { Logger } from 'pino';
import type { RegistrationFinding } from '../../admission/registration-exits.ts';

/**
 * ExitReporter logs the exits that a registration opens although the rules close them: once, and
 * again if they change.
 */
export class ExitReporter {
  readonly #logger: Logger;
  readonly #configuration: string;
  #last = '';

  constructor(logger: Logger, configuration: string) {
    this.#logger = logger;
    this.#configuration = configuration;
  }

  /** Logs what was found, if it differs from the last time. */
  report(found: readonly RegistrationFinding[]): void {
    const reasons = found
      .filter(({ severity }) => severity === 'warning')
      .map(({ code, message }) => `${code}: ${message}`);
    const now = reasons.join('; ');
    if (now === this.#last) return;
    this.#last = now;
    const configuration = this.#configuration;
    if (now === '') {
      this.#logger.info(
        { configuration },
        'the webhook configuration opens no exit that the rules close',
      );
    } else {
      this.#logger.warn(
        { configuration, reasons },
        'the webhook configuration opens an exit that the rules close',
      );
    }
  }
}
