import { computed, effect } from '@preact/signals';
import { preference } from '../model/preference.ts';
import type { Messages } from './dictionary.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

export const languages = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof languages;

const dictionaries: Readonly<Record<Language, Messages>> = { en, zh };
const ofBrowser: Language = navigator.language.startsWith('zh') ? 'zh' : 'en';

export const language = preference<Language>('language', ['en', 'zh'], ofBrowser);
/** t holds the texts of the selected language. */
export const t = computed(() => dictionaries[language.value]);

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  document.title = t.value.title;
});
