import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import type { Messages } from './dictionary.ts';
import type { Translate } from './sentences/translate.ts';

/** Returns the text of a diagnostic: in English what the translator does not know. */
export function messageOf(
  { message, expected }: Pick<Diagnostic, 'message' | 'expected'>,
  texts: Messages,
  translate: Translate,
): string {
  const sentence = translate(message) ?? message;
  if (expected === undefined) return sentence;
  const wanted = texts.labelled(texts.expected, translate(expected) ?? expected);
  return sentence + texts.inBrackets(wanted);
}
