import type { LastGoodRules } from '../../kubernetes/last-good-rules.ts';
import { countResults } from '../metrics/metric.ts';
import type { Background } from './context.ts';
import { repeated } from './repeat.ts';

/** How soon rules are written after they came into force, or after a failure, in milliseconds. */
const interval = 5_000;

/** KeptRules are the last good rules, and what keeps them. */
export interface KeptRules {
  /** Takes the text of rules that came into force. */
  readonly accepted: (text: string) => void;
  readonly background: Background;
}

/** Keeps the last good rules: writes each text that came into force, until that succeeds. */
export function keepLastGoodRules(copy: LastGoodRules): KeptRules {
  let text: string | undefined;
  const background: Background = (_rules, { metrics, logger }) => {
    const writes = countResults(
      'detour_last_good_rules_writes_total',
      'Comparisons of the last good rules with the rules in force, by result.',
    );
    metrics.register(writes);
    const write = async () => {
      const written = text;
      if (written === undefined) return;
      const isChanged = await copy.write(written);
      writes.add('success');
      if (isChanged) logger.info({ configMap: copy.name }, 'the last good rules are written');
      if (text === written) text = undefined;
    };
    const writing = repeated(write, {
      interval,
      ended: (result) => {
        if (result === 'failure') writes.add('failure');
      },
      failed: (reason) =>
        logger.error(
          { configMap: copy.name, reason },
          'the last good rules could not be written; the old ones stay',
        ),
    });
    writing.start();
    return writing.stop;
  };
  return {
    background,
    accepted: (accepted) => {
      text = accepted;
    },
  };
}
