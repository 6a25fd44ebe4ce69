import {
  dockerHub,
  dockerHubAliases,
  legacyDockerHub,
  officialPrefix,
} from '../../reference/docker-hub.ts';
import { maxPathLength } from '../../reference/grammar.ts';
import { type Item, itemOf, listOf } from './item.ts';
import { list, pattern } from './literal.ts';

/*
 * The grammar of reference/grammar.ts as regular expressions. CEL has no capture groups: a
 * reference is first known to be right as a whole, and then its parts are found by simpler
 * expressions that would not do for any text.
 */

const label = '[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?';
const domain = `(${label}(\\.${label})*|\\[[a-fA-F0-9:]+\\])(:[0-9]+)?`;
const component = '[a-z0-9]+((\\.|__?|-+)[a-z0-9]+)*';
const path = `${component}(/${component})*`;
const tag = '[a-zA-Z0-9_][a-zA-Z0-9_.-]*';
const digest = 'sha(256|384|512):[a-f0-9]{64,}';
/**
 * The grammar without most limits of length: with all of them it would be so long that RE2 takes
 * several times as long.
 */
const reference = pattern(`^(${domain}/)?${path}(:${tag})?(@${digest})?$`);
/** What has fewer characters is not too long, not an image ID, and has no digest. */
const shortLength = 64;
const imageId = pattern('^[a-f0-9]+$');
const suffixLengths = pattern('^(:[^@]{1,128})?(@sha(256:.{64}|384:.{96}|512:.{128}))?$');

/**
 * A registry has a dot, a colon or an upper-case letter, or is localhost; one with `_` is as a node
 * reads it.
 */
const registry = pattern('^([^/]*[.:A-Z][^/]*|localhost)/');
/** All but the tag and the digest of what is known to be a reference. */
const nameAsWritten = pattern('^([^/]+/)*[^/:@]+');

const registriesOf = (hosts: readonly string[]) => list(['', ...hosts.map((host) => `${host}/`)]);
const hubAliases = registriesOf([dockerHub, ...dockerHubAliases]);
/** With these `library/` counts for the length of the path. */
const hubAsParsed = registriesOf([dockerHub, legacyDockerHub]);

/** Parts are what rules ask about an image. */
export type Parts = Item<
  | 'written' // the name, as written
  | 'suffix' // the tag and the digest
  | 'host' // as rules know it, with a slash
  | 'name' // the host and the repository as rules know them, with a slash at the end
>;

/**
 * Returns the items that `partsOf` makes: the parts of an image after the parts `kept`.
 */
export function partItem<Kept extends string>(kept: readonly Kept[]): Item<Kept> & Parts {
  return itemOf<string>(...kept, 'written', 'suffix', 'host', 'name') as Item<Kept> & Parts;
}

/**
 * Writes a list of the parts of those images in `source` that are references and pass the tests.
 */
export function partsOf<Kept extends string>(
  source: string,
  placed: Item<'image'> & Item<Kept>,
  kept: readonly Kept[],
  tests: readonly string[] = [],
): string {
  const split = itemOf<string>(...kept, 'text', 'registry', 'written') as Split & Item<Kept>;
  const { image } = placed;
  const values = {
    ...placed,
    text: image,
    registry: `${image}.find(${registry})`,
    written: `${image}.find(${nameAsWritten})`,
  } as typeof split;
  const isAsked = [...tests, `${image}.matches(${reference})`].join(' && ');
  return `${source}.map(x, ${isAsked}, ${listOf(split, values)})
.map(x, size(${split.text}) < ${shortLength} || ${isWithinLimits(split)}, ${partsOfSplit(partItem(kept), split)})`;
}

type Split = Item<'text' | 'registry' | 'written'>;

/** Writes the test for the limits that `reference` leaves out. */
function isWithinLimits({ text, registry, written }: Split): string {
  const isId = `size(${text}) == 64 && ${text}.matches(${imageId})`;
  const path = pathAfter(registry, written);
  // The whole path as the grammar has it: a host with `_` is part of it.
  const length = `size(${registry}.contains("_") ? ${written} : ${path})`;
  const isOfficial = `${registry} in ${hubAsParsed} && !${path}.contains("/")`;
  const maxLength = `(${isOfficial} ? ${maxPathLength - officialPrefix.length} : ${maxPathLength})`;
  return `!(${isId}) && ${suffixAfter(text, written)}.matches(${suffixLengths}) && ${length} <= ${maxLength}`;
}

/** Writes the parts of one image. Docker Hub's official images are in `library/`. */
function partsOfSplit<Part extends string>(item: Item<Part>, split: Split): string {
  const { text, registry, written } = split;
  const path = pathAfter(registry, written);
  const top = `(${path}.contains("/") ? "${dockerHub}/" : "${dockerHub}/${officialPrefix}")`;
  const partsFor = (host: string, name: string) => {
    const suffix = suffixAfter(text, written);
    return listOf<string>(item, { ...split, suffix, host, name: `${name} + "/"` });
  };
  const hubParts = partsFor(`"${dockerHub}/"`, `${top} + ${path}`);
  const otherParts = partsFor(`${registry}.lowerAscii()`, `${written}.lowerAscii()`);
  return `${registry}.lowerAscii() in ${hubAliases} ? ${hubParts} : ${otherParts}`;
}

function suffixAfter(text: string, written: string): string {
  return `${text}.substring(size(${written}))`;
}

function pathAfter(registry: string, written: string): string {
  return `${written}.substring(size(${registry}))`;
}

/** Writes the path of a name as it is written, without its registry. */
export function pathOf(written: string): string {
  return pathAfter(`${written}.find(${registry})`, written);
}
