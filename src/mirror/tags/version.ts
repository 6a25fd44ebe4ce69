import Range from 'semver/classes/range.js';
import type SemVer from 'semver/classes/semver.js';
import parse from 'semver/functions/parse.js';

/** Version is a tag as a version, in the order of https://semver.org/#spec-item-11. */
export type Version = SemVer;

/** One to three numbers, perhaps after a `v`, and perhaps a prerelease. */
const versionTag = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[\w.-]+)?$/;

/**
 * Returns the version that a tag is; undefined if it is not one. Parts that are missing are 0, so
 * `7` is 7.0.0 and `7.2-alpine` is the prerelease 7.2.0-alpine. Leading zeros do not count:
 * `22.04` is 22.4.0.
 */
export function versionOf(tag: string): Version | undefined {
  const parts = versionTag.exec(tag);
  if (parts === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease = ''] = parts;
  const numbers = `${major}.${minor}.${patch}`.replace(/\b0+(?=\d)/g, '');
  return parse(`${numbers}${prerelease}`) ?? undefined;
}

/** Returns a function that reports whether a tag is a version in a range of npm's semver. */
export function versionsIn(range: string): (tag: string) => boolean {
  const parsed = new Range(range);
  return (tag) => {
    const version = versionOf(tag);
    return version !== undefined && parsed.test(version);
  };
}
