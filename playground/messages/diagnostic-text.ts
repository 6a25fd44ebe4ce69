import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import type { Messages } from './dictionary.ts';

/**
 * Returns the text of a diagnostic. In languages other than English, the title of its code comes
 * first.
 */
export function messageOf({ code, message, expected }: Diagnostic, texts: Messages): string {
  const whole = texts.messages[code];
  if (whole !== undefined) return whole;
  const title = texts.codes[code];
  const wanted =
    expected === undefined ? '' : texts.inBrackets(texts.labelled(texts.expected, expected));
  return (title === undefined ? message : texts.labelled(title, message)) + wanted;
}
