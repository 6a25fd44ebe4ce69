/**
 * Replaces each line `@mark@` of a text by the text of that name, indented like the mark. An empty
 * text removes the line. The texts may have marks themselves.
 *
 * @throws Error if a mark has no text
 */
export function fillIn(text: string, texts: Readonly<Record<string, string>>): string {
  return text.replace(/^( *)@([a-z-]+)@\n/gm, (_, indent: string, mark: string) => {
    const found = texts[mark];
    if (found === undefined) throw new Error(`there is no part ${mark}`);
    if (found === '') return '';
    return `${fillIn(`${found.trimEnd()}\n`, texts)
      .trimEnd()
      .replace(/^(?=.)/gm, indent)}\n`;
  });
}
