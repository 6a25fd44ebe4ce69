import { isDigest, isImageId, maxPathLength } from '../../src/reference/grammar.ts';
import { registryEnd } from '../../src/reference/reference.ts';
import { findHidden, formatCodePoint } from '../../src/rules/hidden-characters.ts';

/** InvalidImage says why a text cannot be an image reference, if there is one clear reason. */
export type InvalidImage =
  | { readonly problem: 'hidden' | 'character'; readonly shown: string; readonly position: number }
  | { readonly problem: 'upper-case'; readonly shown: string; readonly position: number }
  | { readonly problem: 'path' | 'tag'; readonly length: number; readonly limit: number }
  | { readonly problem: 'digest' | 'image-id' | 'other' };

const maxTagLength = 128;

/** Finds out why a text is not a reference. Positions count characters from 1. */
export function explainInvalid(text: string): InvalidImage {
  const hidden = findHidden(text);
  if (hidden !== undefined) return found('hidden', hidden, text);
  const foreign = /[^\w./:@[\]-]/u.exec(text)?.[0];
  if (foreign !== undefined) return found('character', foreign, text);
  if (isImageId(text)) return { problem: 'image-id' };
  const hostEnd = registryEnd(text) + 1;
  const at = text.indexOf('@', hostEnd);
  const name = at === -1 ? text : text.slice(0, at);
  const colon = name.indexOf(':', hostEnd);
  const path = name.slice(hostEnd, colon === -1 ? undefined : colon);
  const tag = colon === -1 ? '' : name.slice(colon + 1);
  const upper = /[A-Z]/.exec(path);
  if (upper !== null) {
    const position = hostEnd + upper.index + 1;
    return { problem: 'upper-case', shown: upper[0], position };
  }
  if (path.length > maxPathLength)
    return { problem: 'path', length: path.length, limit: maxPathLength };
  if (tag.length > maxTagLength) return { problem: 'tag', length: tag.length, limit: maxTagLength };
  const isDigestWrong = at !== -1 && !isDigest(text, at + 1);
  return { problem: isDigestWrong ? 'digest' : 'other' };
}

function found(problem: 'hidden' | 'character', character: string, text: string): InvalidImage {
  const position = [...text.slice(0, text.indexOf(character))].length + 1;
  const code = formatCodePoint(character);
  return { problem, shown: problem === 'hidden' ? code : `${character} (${code})`, position };
}
