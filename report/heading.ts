import type { PageData } from '../src/cli/commands/sync/report/page-data.ts';
import { formatTime } from '../src/cli/commands/sync/text.ts';
import { element } from './element.ts';
import { formatCount, language, messages } from './messages.ts';

/** Creates the beginning of the page: what became of the run, in one line, and when it was. */
export function createHeading({ summary, exitCode, ...data }: PageData): HTMLElement {
  const { started, rules, detour } = data;
  const mark = exitCode === 0 ? 'good' : exitCode === 1 ? 'bad' : 'part';
  const facts = [
    [messages.started, formatDate(started)],
    [messages.took, formatTime(summary.milliseconds)],
    [messages.rules, rules],
    [messages.exitCode, `${exitCode}`],
    ['detour', detour],
  ] as const;
  return element(
    'header',
    {},
    element('h1', {}, messages.title),
    element('p', { class: `verdict ${mark}` }, verdictOf(summary, data.isExport === true)),
    ...(summary.left > 0 ? [element('p', { class: 'again' }, messages.again)] : []),
    element(
      'dl',
      {},
      ...facts.map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, value)),
      ),
    ),
  );
}

function verdictOf(summary: PageData['summary'], isExport: boolean): string {
  const { images, copied, present, failed, left, findings } = summary;
  const verdicts = isExport ? messages.exported : messages.atMirror;
  const lacking = failed + left + findings;
  if (images + findings === 0) return messages.empty;
  if (lacking === 0) return verdicts.complete;
  if (copied + present === 0) return verdicts.nothing;
  return verdicts.lacking(formatCount(lacking), formatCount(images + findings));
}

function formatDate(iso: string): string {
  const options = { dateStyle: 'medium', timeStyle: 'long' } as const;
  return new Intl.DateTimeFormat(language, options).format(new Date(iso));
}
