import { effect, signal } from '@preact/signals';
import { language } from './messages.ts';
import type { Translate } from './sentences/translate.ts';

const inEnglish: Translate = () => undefined;

/** Holds the translator of the core's sentences into the chosen language; it knows no English. */
export const translate = signal<Translate>(inEnglish);

// Only who reads Chinese waits for it: most of the page's Chinese is in these sentences.
effect(() => {
  translate.value = inEnglish;
  if (language.value !== 'zh') return;
  void import('./sentences/zh.ts').then(({ translateZh }) => {
    if (language.peek() === 'zh') translate.value = translateZh;
  });
});
