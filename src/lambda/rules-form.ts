import { exitNames } from '../rules/exit-names.ts';
import { findHidden, formatCodePoint } from '../rules/hidden-characters.ts';
import { isMapping } from '../rules/is-mapping.ts';
import type { RulesFile } from '../rules/schema.ts';
import { secretName } from '../rules/secret-name.ts';

/*
 * The form of a rules file, as in rules/schema.ts. The function that is pasted with its template
 * has no room for a library that checks it. rules.test.ts checks that the two agree.
 */

/**
 * RulesParameter is the value of RULES: a rules file, which may leave out the keys that the default
 * rules have, and whether it replaces them.
 */
export type RulesParameter = Partial<RulesFile> & { readonly replace?: boolean };

/** Check returns what is wrong with the value at `path`; undefined if nothing is. */
type Check = (value: unknown, path: string) => string | undefined;

const text: Check = (value, path) =>
  value === '' ? `${path} must be a text` : anyText(value, path);
const anyText: Check = (value, path) =>
  typeof value === 'string' ? visible(value, path) : `${path} must be a text`;

/** Checks a text as rules/text.ts does. */
function visible(value: string, path: string, isMessage = false): string | undefined {
  const hidden = findHidden(value, isMessage);
  return hidden && `${path} has the invisible character ${formatCodePoint(hidden)}`;
}

const message: Check = (value, path) =>
  typeof value === 'string' && value !== '' ? visible(value, path, true) : text(value, path);
const flag: Check = (value, path) =>
  typeof value === 'boolean' ? undefined : `${path} must be true or false`;

const secret: Check = (value, path) =>
  secretName.test(String(value)) ? undefined : `${path} must be a name`;

function oneOf(...values: readonly unknown[]): Check {
  const wanted = values.map((value) => JSON.stringify(value)).join(' or ');
  return (value, path) => (values.includes(value) ? undefined : `${path} must be ${wanted}`);
}

function either(first: Check, second: Check): Check {
  return (value, path) => first(value, path) && second(value, path);
}

function list(check: Check, minLength = 0): Check {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < minLength) return `${path} must be a list`;
    return firstOf(value.map((item, index) => check(item, `${path}[${index}]`)));
  };
}

/** Checks an object with these keys and no others. The `required` keys must be present. */
function keysOf(checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path) => {
    if (!isMapping(value)) return `${path} must be an object`;
    const missing = required.find((key) => !Object.hasOwn(value, key));
    if (missing !== undefined) return `${path} has no ${missing}`;
    return firstOf(
      Object.entries(value).map(([key, item]) => {
        const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
        return check === undefined
          ? `${path} has the unknown key ${JSON.stringify(key)}`
          : check(item, `${path}.${key}`);
      }),
    );
  };
}

function texts(): Check {
  return (value, path) => {
    if (!isMapping(value)) return `${path} must be an object`;
    return firstOf(
      Object.entries(value).map(([key, item]) => {
        const where = `${path}[${JSON.stringify(key)}]`;
        return visible(key, where) ?? anyText(item, where);
      }),
    );
  };
}

function firstOf(mistakes: readonly (string | undefined)[]): string | undefined {
  return mistakes.find((mistake) => mistake !== undefined);
}

const namespaces = keysOf({ include: list(text), exclude: list(text) });
const rule = keysOf(
  {
    from: either(text, list(text, 1)),
    to: text,
    keep: oneOf(true),
    deny: message,
    library: oneOf('as-written', 'always', 'never'),
    namespaces,
    pullSecrets: list(secret),
  },
  ['from'],
);
const parameter = keysOf({
  $schema: anyText,
  version: oneOf(1),
  mirror: text,
  bypass: either(text, oneOf(false)),
  namespaces,
  skip: keysOf({ owners: list(text), labels: texts() }),
  exits: either(oneOf('all', 'none'), list(oneOf(...exitNames))),
  annotate: flag,
  warn: flag,
  pullSecrets: list(secret),
  rules: list(rule),
  replace: flag,
});

/**
 * Parses the JSON text of RULES. Returns a string that says what is wrong with it, if something is.
 */
export function parseRulesParameter(json: string): RulesParameter | string {
  try {
    const value: unknown = JSON.parse(json);
    return parameter(value, 'RULES') ?? (value as RulesParameter);
  } catch (error) {
    // The message of the parser repeats its input; the position is enough.
    const at = error instanceof Error ? /position \d+/.exec(error.message)?.[0] : undefined;
    return `RULES is not JSON${at === undefined ? '' : ` (${at})`}`;
  }
}
