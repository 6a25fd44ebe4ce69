import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import type { Messages } from './dictionary.ts';

/** What a diagnostic says, with its kind in languages that the core does not speak. */
export function messageOf({ code, message, expected }: Diagnostic, words: Messages): string {
  const whole = words.messages[code];
  if (whole !== undefined) return whole;
  const title = words.codes[code];
  const wanted =
    expected === undefined ? '' : words.inBrackets(words.labelled(words.expected, expected));
  return (title === undefined ? message : words.labelled(title, message)) + wanted;
}
