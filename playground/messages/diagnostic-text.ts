import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import type { Messages } from './dictionary.ts';

/** Returns the text of a diagnostic. For languages other than English, a title from the dictionary comes first. */
export function messageOf({ code, message, expected }: Diagnostic, words: Messages): string {
  const whole = words.messages[code];
  if (whole !== undefined) return whole;
  const title = words.codes[code];
  const wanted =
    expected === undefined ? '' : words.inBrackets(words.labelled(words.expected, expected));
  return (title === undefined ? message : words.labelled(title, message)) + wanted;
}
