import { formatCount } from '../messages/count.ts';
import { t } from '../messages/messages.ts';

/** Says how many of a list are not shown; nothing if all are. */
export function More({ count }: { readonly count: number }) {
  return count > 0 ? <p class="hint">{t.value.more(formatCount(count))}</p> : null;
}
