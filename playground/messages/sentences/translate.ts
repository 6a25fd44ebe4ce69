/** Translate returns a sentence in another language; undefined for one that it does not know. */
export type Translate = (sentence: string) => string | undefined;

interface Pattern {
  /** What is around the gaps of the English sentence. */
  readonly pieces: readonly string[];
  readonly translation: string;
}

/**
 * Returns a translator for sentences with gaps: `{0}` is the first gap of the English sentence. What
 * fills a gap is translated too, if it is a known sentence. The cost of a sentence grows with its
 * length and the number of patterns.
 */
export function translator(sentences: Readonly<Record<string, string>>): Translate {
  const whole = new Map<string, string>();
  const patterns: Pattern[] = [];
  for (const [english, translation] of Object.entries(sentences)) {
    const pieces = english.split(/\{\d\}/);
    if (pieces.length === 1) whole.set(english, translation);
    else patterns.push({ pieces, translation });
  }
  // The pattern with the most fixed text is the right one.
  const said = ({ pieces }: Pattern) => pieces.join('').length;
  patterns.sort((a, b) => said(b) - said(a));
  const withGaps = (sentence: string, depth: number): string | undefined => {
    for (const { pieces, translation } of patterns) {
      const gaps = gapsOf(sentence, pieces);
      if (gaps === undefined) continue;
      const inner = gaps.map((gap) => translate(gap, depth + 1) ?? gap);
      return translation.replace(/\{(\d)\}/g, (_, index) => inner[Number(index)] ?? '');
    }
    return undefined;
  };
  const afterColon = (sentence: string, depth: number): string | undefined => {
    const colon = sentence.indexOf(': ');
    const rest = colon === -1 ? undefined : translate(sentence.slice(colon + 2), depth + 1);
    if (rest === undefined) return undefined;
    const subject = sentence.slice(0, colon);
    return `${translate(subject, depth + 1) ?? subject}：${rest}`;
  };
  const translate = (sentence: string, depth = 0): string | undefined => {
    if (depth > maxDepth) return undefined;
    return whole.get(sentence) ?? withGaps(sentence, depth) ?? afterColon(sentence, depth);
  };
  return (sentence) => translate(sentence);
}

/** Sentences hold others at most as deep: the subject, the reason, and a name in it. */
const maxDepth = 3;

/** Returns what fills the gaps between the pieces; undefined if the sentence is another one. */
function gapsOf(sentence: string, pieces: readonly string[]): string[] | undefined {
  const [first = '', ...others] = pieces;
  const last = others.pop() ?? '';
  if (!sentence.startsWith(first) || !sentence.endsWith(last)) return undefined;
  const end = sentence.length - last.length;
  const gaps: string[] = [];
  let at = first.length;
  for (const piece of others) {
    const found = sentence.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return undefined;
    gaps.push(sentence.slice(at, found));
    at = found + piece.length;
  }
  return at > end ? undefined : [...gaps, sentence.slice(at, end)];
}
