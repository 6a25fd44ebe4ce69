import { effect, signal } from '@preact/signals';
import { language } from './messages.ts';
import type { Translate } from './sentences/translate.ts';

const inEnglish: Translate = () => undefined;

/** Holds the translator of the core's sentences into the chosen language. English needs none. */
export const translate = signal<Translate>(inEnglish);

// Loaded for readers of Chinese only: most of the page's Chinese is in these sentences.
effect(() => {
  translate.value = inEnglish;
  if (language.value !== 'zh') return;
  void import('./sentences/zh.ts').then(({ translateZh }) => {
    if (language.peek() === 'zh') translate.value = translateZh;
  });
});
