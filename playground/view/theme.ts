import { effect } from '@preact/signals';
import { preference } from '../model/preference.ts';

/** Lists the themes; `system` follows the browser. */
export const themes = ['system', 'light', 'dark'] as const;
/** Theme is one of these names. */
export type Theme = (typeof themes)[number];

/** Holds the chosen theme, which this browser remembers. */
export const theme = preference<Theme>('theme', themes, 'system');

// The style sheet does the rest: each of its colours has a light and a dark form.
effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
