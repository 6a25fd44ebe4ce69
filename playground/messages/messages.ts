import { computed, effect } from '@preact/signals';
import { preference } from '../model/preference.ts';
import type { Messages } from './dictionary.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

/** Maps each language to its name, as its speakers write it. */
export const languages = { en: 'English', zh: '中文' } as const;
/** Language is the code of a language of the page. */
export type Language = keyof typeof languages;

const dictionaries: Readonly<Record<Language, Messages>> = { en, zh };
const ofBrowser: Language = navigator.language.startsWith('zh') ? 'zh' : 'en';

/** Holds the chosen language: that of the browser until the user chooses. */
export const language = preference<Language>('language', ['en', 'zh'], ofBrowser);
/** Holds the texts of the chosen language. */
export const t = computed(() => dictionaries[language.value]);

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  document.title = t.value.title;
});
