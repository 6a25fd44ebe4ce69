import { parseOrigin } from './origin.ts';

/**
 * Returns what was probably meant by a `from` that nothing can match: without scheme, wildcard or
 * slash at its end; without tag and digest if nothing can have them.
 */
export function suggestOrigin(from: string): string | undefined {
  const named = withoutEnd(withoutScheme(from.trim()));
  const bare = withoutEnd(withoutTag(withoutDigest(named)));
  const ofHub = bare.includes('/') ? 'docker.io/' : 'docker.io/library/';
  const candidates = [byDigest(named), bare, bare.toLowerCase(), ofHub + named, ofHub + bare];
  return candidates.find((candidate) => candidate !== from && parseOrigin(candidate) !== undefined);
}

/** Returns an image by its digest alone: with a tag too, a `from` is none. */
function byDigest(name: string): string {
  const at = name.indexOf('@');
  return at === -1 ? name : withoutTag(name.slice(0, at)) + name.slice(at);
}

/**
 * Returns what was probably meant by the name of a registry that is not valid: without scheme,
 * upper-case letters, or a slash too many.
 */
export function suggestRegistry(
  name: string,
  isValid: (candidate: string) => boolean,
): string | undefined {
  const bare = withoutEnd(withoutScheme(name.trim())).replace(/\/+/g, '/');
  return [bare, bare.toLowerCase()].find((candidate) => candidate !== name && isValid(candidate));
}

/*
 * Each looks at a character once. A regular expression that searches for an end it may not find
 * would begin again at every character.
 */

function withoutScheme(text: string): string {
  return text.replace(/^[a-z]+:\/\//i, '');
}

function withoutDigest(text: string): string {
  const at = text.indexOf('@');
  return at === -1 ? text : text.slice(0, at);
}

/** Removes a tag, but no port: that comes before every slash and has digits only. */
function withoutTag(text: string): string {
  const colon = text.lastIndexOf(':');
  const tag = text.slice(colon + 1);
  if (colon < 1 || !/^[\w.-]+$/.test(tag)) return text;
  const isBelowHost = text.lastIndexOf('/', colon) !== -1;
  const isPort = /^[\d.-]/.test(tag) || text[colon - 1] === ':';
  return isBelowHost || !isPort ? text.slice(0, colon) : text;
}

function withoutEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/' || text[end - 1] === '*') end--;
  return text.slice(0, end);
}
