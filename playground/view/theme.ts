import { effect } from '@preact/signals';
import { preference } from '../model/preference.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const theme = preference<Theme>('theme', themes, 'system');

// The style sheet does the rest: each of its colours has a light and a dark form.
effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
