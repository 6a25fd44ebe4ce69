/** PastedImage is an image of a pasted text, and the line that it is in, from 1. */
export interface PastedImage {
  readonly image: string;
  readonly line: number;
}

interface Line {
  readonly text: string;
  readonly number: number;
}

/** As in excerpts of manifests, and in the output of `kubectl describe`. */
const imageLine = /^[ \t]*(?:-[ \t]+)?["']?image["']?:[ \t]*(\S.*)$/i;
/** The first line of `docker images` and of `crictl images`. */
const tableHead = /^\s*(?:REPOSITORY|IMAGE)\s+TAG\s/;
/** Matches the number or the mark before an item of a list. */
const bullet = /^\s*(?:\d+[.)]\s+|[*•·+]\s+)/;

/**
 * Reads images from what people paste: one a line, numbered or not; JSON strings; what
 * `docker images`, `crictl images` and `kubectl describe` print; a Dockerfile. `#` begins a comment.
 */
export function readPastedImages(text: string): readonly PastedImage[] {
  const strings = jsonStrings(text);
  if (strings !== undefined) return strings;
  const lines = text.split('\n').map((line, index): Line => ({ text: line, number: index + 1 }));
  if (lines.some((line) => fromLine.test(line.text))) return imagesOfDockerfile(lines);
  const head = lines.findIndex((line) => tableHead.test(line.text));
  if (head !== -1) return lines.slice(head + 1).flatMap(imageOfRow);
  const named = lines.flatMap(({ text: line, number }) => {
    const image = imageLine.exec(line)?.[1];
    return image === undefined ? [] : [{ text: image, number }];
  });
  return (named.length > 0 ? named : lines).flatMap(({ text: line, number }) =>
    imagesOfLine(line).map((image) => ({ image, line: number })),
  );
}

/** Returns the strings of a JSON array of strings; undefined for any other text. */
function jsonStrings(text: string): PastedImage[] | undefined {
  if (!/^\s*\[\s*"/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) return undefined;
  } catch {
    return undefined;
  }
  return text.split('\n').flatMap((line, index) =>
    [...line.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([string]) => {
      return { image: JSON.parse(string) as string, line: index + 1 };
    }),
  );
}

/** Returns the image of a row with the columns repository and tag; none for a dangling image. */
function imageOfRow({ text, number }: Line): PastedImage[] {
  const [repository = '', tag = ''] = text.trim().split(/\s+/);
  if (repository === '' || repository === '<none>') return [];
  const image = tag === '' || tag === '<none>' ? repository : `${repository}:${tag}`;
  return [{ image, line: number }];
}

/**
 * Returns the first word of a line, or all words if each looks like an image. Otherwise the other
 * columns describe the first.
 */
function imagesOfLine(line: string): string[] {
  const json = /^\s*\{.*"Repository":"([^"]+)".*\}\s*$/.exec(line)?.[1];
  if (json !== undefined) return imagesOfJson(line, json);
  const words = line
    .replace(/(^|\s)#.*/, '')
    .replace(bullet, '')
    .split(/[\s,"'“”‘’]+/)
    .filter((word) => word !== '' && word !== '-');
  return words.every((word) => /[/:@]/.test(word)) ? words : words.slice(0, 1);
}

/** Returns the image of a line of `docker images --format json`. */
function imagesOfJson(line: string, repository: string): string[] {
  const tag = /"Tag":"([^"]+)"/.exec(line)?.[1] ?? '<none>';
  return imageOfRow({ text: `${repository} ${tag}`, number: 0 }).map(({ image }) => image);
}

const fromLine = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$/i;
const argLine = /^\s*ARG\s+(\w+)=(\S*)/i;
const copyLine = /^\s*(?:COPY|ADD|RUN)\s.*?--(?:from=|mount=\S*\bfrom=)([^\s,]+)/i;

/**
 * Returns the images that a build pulls: those of FROM and of COPY --from, with the defaults of ARG,
 * without its own stages and `scratch`.
 */
function imagesOfDockerfile(lines: readonly Line[]): PastedImage[] {
  const values = new Map<string, string>();
  const stages = new Set(['scratch']);
  const filled = (text: string) =>
    text
      .replace(/^["']|["']$/g, '')
      .replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (whole, braced, fallback, bare) => {
        return values.get(braced ?? bare) ?? fallback ?? whole;
      });
  return lines.flatMap(({ text, number }) => {
    const [, name, value] = argLine.exec(text) ?? [];
    if (name !== undefined) values.set(name, filled(value ?? ''));
    const [, from, stage] = fromLine.exec(text) ?? [];
    const named = from ?? copyLine.exec(text)?.[1];
    const image = named === undefined ? '' : filled(named);
    const isOfBuild = stages.has(image.toLowerCase()) || /^\d*$/.test(image);
    if (stage !== undefined) stages.add(stage.toLowerCase());
    return isOfBuild ? [] : [{ image, line: number }];
  });
}
