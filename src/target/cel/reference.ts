import {
  dockerHub,
  dockerHubAliases,
  legacyDockerHub,
  officialPrefix,
} from '../../reference/docker-hub.ts';
import { maxPathLength } from '../../reference/grammar.ts';
import { extended, list, pattern, text } from './literal.ts';
import { type Variable, type VariableName, variable, variables } from './variables.ts';

/*
 * The grammar of reference/grammar.ts as regular expressions. CEL has no capture groups: a
 * reference is first known to be right as a whole, and then its parts are found by simpler
 * expressions that would not do for any text.
 */

const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const component = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const path = `${component}(?:/${component})*`;
const tag = '[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}';
const digest = 'sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}';

const reference = pattern(`^(?:${domain}/)?${path}(?::${tag})?(?:@(?:${digest}))?$`);
const imageId = pattern('^[a-f0-9]{64}$');
/**
 * A registry has a dot, a colon or an upper-case letter, or is localhost; one with `_` is as a node
 * reads it.
 */
const registry = pattern('^([^/]*[.:A-Z][^/]*|localhost)/');
const suffix = pattern('(:[^/@]+)?(@.+)?$');

const registriesOf = (hosts: readonly string[]) => list(['', ...hosts.map((host) => `${host}/`)]);
const hubAliases = registriesOf([dockerHub, ...dockerHubAliases]);
/** With these `library/` counts for the length of the path. */
const hubAsParsed = registriesOf([dockerHub, legacyDockerHub]);
/** The whole path as the grammar has it: a host with `_` is part of it. */
const pathLength = '(x.registry.contains("_") ? size(x.registry) : 0) + size(x.path)';

/**
 * Returns the parts of the images in `source`, whose items have `fields`. `bypass` has its slash;
 * empty means none.
 */
export function referenceVariables(
  source: VariableName,
  fields: readonly string[],
  bypass: string,
): Variable[] {
  const isDirect = `x.image.startsWith(${text(bypass)})`;
  const unprefixed = {
    direct: bypass === '' ? '""' : `${isDirect} ? ${text(bypass)} : ""`,
    ref: bypass === '' ? 'x.image' : `${isDirect} ? x.image.substring(${bypass.length}) : x.image`,
  };
  const parts = { registry: `x.ref.find(${registry})`, suffix: `x.ref.find(${suffix})` };
  const written = {
    path: 'x.ref.substring(size(x.registry), size(x.ref) - size(x.suffix))',
  };
  const host = {
    host: `x.registry.lowerAscii() in ${hubAliases} ? "${dockerHub}" : x.registry.lowerAscii().substring(0, size(x.registry) - 1)`,
  };
  const repository = {
    repository: `(x.host == "${dockerHub}" && !x.path.contains("/") ? "${officialPrefix}" : "") + x.path + "/"`,
  };
  return [
    variable(
      'parsed',
      `${variables[source]}.map(x, ${extended(fields, unprefixed)})
.filter(x, x.ref.matches(${reference}) && !x.ref.matches(${imageId}))
.map(x, ${extended([...fields, 'direct', 'ref'], parts)})
.map(x, ${extended([...fields, 'direct', 'ref', 'registry', 'suffix'], written)})
.filter(x, ${pathLength} <= (x.registry in ${hubAsParsed} && !x.path.contains("/") ? ${maxPathLength - officialPrefix.length} : ${maxPathLength}))`,
    ),
    variable(
      'named',
      `${variables.parsed}.filter(x, x.direct == "")
.map(x, ${extended([...fields, 'registry', 'path', 'suffix'], host)})
.map(x, ${extended([...fields, 'registry', 'path', 'suffix', 'host'], repository)})`,
    ),
  ];
}
