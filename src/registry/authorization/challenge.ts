/** Challenge is one way to log in that a server offers. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Matches a parameter, whose quoted value may hold commas, or else the name of a scheme: it has no
 * `=` after it.
 */
const part = /[\s,]*([!#$%&'*+\-.^_`|~\w]+)(?:\s*(=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/y;

/**
 * Parses WWW-Authenticate (RFC 9110, 11.6.1): several challenges may be in one header, and Node
 * joins several headers by commas. What follows a mistake is ignored.
 */
export function parseChallenges(header: string | undefined): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  part.lastIndex = 0;
  for (let match = part.exec(header ?? ''); match !== null; match = part.exec(header ?? '')) {
    const [, name = '', equals, quoted, bare = ''] = match;
    if (equals === undefined)
      challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else {
      const value = quoted?.replace(/\\(.)/g, '$1') ?? bare;
      challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
    }
  }
  return challenges;
}
