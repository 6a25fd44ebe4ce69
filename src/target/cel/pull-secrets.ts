import type { Registries } from '../../rules/registries.ts';
import { segmentsOf } from '../../rules/segments.ts';
import { itemOf, listOf } from './item.ts';
import { list } from './literal.ts';
import { beginning, distinct, nameOf } from './names.ts';
import { pointedItem } from './pod.ts';
import { partItem, partsOf } from './reference.ts';
import { table } from './table.ts';
import { type Variable, variable, variables } from './variables.ts';
import { writtenItem } from './written-name.ts';

/*
 * Pull secrets: admission/pull-secrets.ts in CEL. Only hosts that have keys with a path have their
 * repositories split.
 */

/** Reads the host and the name from which an image is pulled, as rules know them. */
const pulledItem = itemOf('host', 'name');

/**
 * Returns the pull secrets that a Pod's images need; nothing if `registries` names none. `isAsked`
 * are the tests for images that rules are asked about; `hasBypass` says whether others can go to
 * their origin.
 */
export function secretVariables(
  { entries, hasPullSecrets }: Registries,
  { isAsked, hasBypass }: { isAsked: readonly string[]; hasBypass: boolean },
): Variable[] {
  if (!hasPullSecrets) return [];
  const named = entries.filter(({ facts }) => facts.pullSecrets !== undefined);
  const registries = table(
    'registries',
    named.map(({ host, path, facts }) => [nameOf(host, path), (facts.pullSecrets ?? []).join(' ')]),
  );
  const ofKey = registries.get('k', '""');
  return [
    ...registries.variables,
    variable('becomes', becomes(hasBypass)),
    variable('pulled', pulled(isAsked)),
    variable(
      'wanted',
      `${variables.pulled}.map(x, (${keysOf(named)}.filter(k, ${registries.has('k')}).map(k, ${ofKey}) + [""])[0]).join(" ").split(" ").filter(s, s != "")`,
    ),
    variable(
      'secrets',
      `${variables.wanted}.transformList(i, s, ${variables.wanted}.indexOf(s) == i, s)`,
    ),
  ];
}

/** Maps the pointers of the images that change to what they become. */
function becomes(hasBypass: boolean): string {
  const { pointer, name } = writtenItem;
  const written = `${variables.rewritten}.map(x, [${pointer}, ${name}.substring(0, size(${name}) - 1)])`;
  const { pointer: at, image } = pointedItem;
  const bypassed = hasBypass ? ` + ${variables.bypassed}.map(x, [${at}, ${image}])` : '';
  return `(${written}${bypassed}).transformMapEntry(i, x, {x[0]: x[1]})`;
}

/** Lists what is pulled, in the order of the images: the order of the secrets. */
function pulled(isAsked: readonly string[]): string {
  const { pointer, image } = pointedItem;
  const becomes = `${variables.becomes}[?${pointer}]`;
  const now = listOf(pointedItem, {
    ...pointedItem,
    image: `string(${becomes}.orValue(${image}))`,
  });
  const test = isAsked.length === 0 ? '' : `${becomes}.hasValue() || ${isAsked.join(' && ')}, `;
  return `${partsOf(`${variables.open}.map(x, ${test}${now})`, pointedItem, [])}
.map(x, ${listOf(pulledItem, partItem([]))})`;
}

/** Writes the keys that an image can have, the longest first. */
function keysOf(entries: Registries['entries']): string {
  const { host, name } = pulledItem;
  const deeper = entries.filter(({ path }) => path !== '');
  if (deeper.length === 0) return `[${host}]`;
  const depths = distinct(deeper.map(({ path }) => segmentsOf(path).length));
  const hosts = new Set(deeper.map(({ host }) => nameOf(host, '')));
  const names = depths.map((depth) => beginning(name, depth + 1)).join(', ');
  return `(${host} in ${list([...hosts])} ? [${names}, ${host}] : [${host}])`;
}

/** Holds what adds them. The pull secrets of a Pod that exists cannot be changed. */
export const secretOperations = `(request.operation != "CREATE" || size(${variables.secrets}) == 0 ? []
  : !has(object.spec.imagePullSecrets) ? [JSONPatch{op: "add", path: "/spec/imagePullSecrets", value: ${variables.secrets}.map(s, {"name": s})}]
  : ${variables.secrets}.filter(s, !object.spec.imagePullSecrets.exists(e, e.?name.orValue("") == s)).map(s, JSONPatch{op: "add", path: "/spec/imagePullSecrets/-", value: {"name": s}}))`;
