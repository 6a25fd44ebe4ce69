/** NotText says why a file that was read as UTF-8 is not a text, and where that shows. */
export interface NotText {
  readonly offset: number;
  readonly message: string;
}

/** Matches control characters that YAML allows nowhere. */
const control = /(?![\t\n\r\u0085])\p{Cc}/gu;
/** Characters at the start of a file in which control characters are counted. */
const startLength = 1_024;
/** The most control characters in that start that are reported one by one. */
const maxControls = 8;

/** Finds out whether a file is binary or in another encoding: YAML would find many mistakes. */
export function findNotText(text: string): NotText | undefined {
  if (isUtf16(text)) return { offset: 0, message: 'the file is in UTF-16: save it as UTF-8' };
  const controls = [...text.slice(0, startLength).matchAll(control)];
  const nul = text.indexOf('\0');
  const offset = nul === -1 && controls.length > maxControls ? controls[0]?.index : nul;
  if (offset === undefined || offset === -1) return undefined;
  return { offset, message: 'the file is binary: it has control characters' };
}

/** Reports whether every other byte is NUL, after a byte order mark that UTF-8 cannot decode. */
function isUtf16(text: string): boolean {
  const start = text.startsWith('\ufffd\ufffd') ? 2 : 0;
  const isNul = [...text.slice(start, start + 8)].map((character) => character === '\0');
  return isNul.length > 3 && isNul.every((is, at) => is === ((at % 2 === 0) === isNul[0]));
}
