import { exitNames } from '../rules/exit-names.ts';
import { findHidden, formatCodePoint } from '../rules/hidden-characters.ts';
import { isMapping } from '../rules/is-mapping.ts';
import {
  ecrEncryption,
  ecrLifecycle,
  ecrPolicy,
  ecrTagValue,
  secretName,
  size,
} from '../rules/registry-forms.ts';
import type { RulesFile } from '../rules/schema.ts';

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

function matching(form: RegExp, what: string): Check {
  return (value, path) => {
    const isRight = typeof value === 'string' && form.test(value);
    return isRight ? visible(value, path, true) : `${path} must be ${what}`;
  };
}

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

const moved = ': it is registries[HOST].pullSecrets now';

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
          ? `${path} has the unknown key ${JSON.stringify(key)}${key === 'pullSecrets' ? moved : ''}`
          : check(item, `${path}.${key}`);
      }),
    );
  };
}

/** Checks an object with any keys. */
function mappingTo(check: Check): Check {
  return (value, path) => {
    if (!isMapping(value)) return `${path} must be an object`;
    return firstOf(
      Object.entries(value).map(([key, item]) => {
        const where = `${path}[${JSON.stringify(key)}]`;
        return visible(key, where) ?? check(item, where);
      }),
    );
  };
}

function firstOf(mistakes: readonly (string | undefined)[]): string | undefined {
  return mistakes.find((mistake) => mistake !== undefined);
}

/** Takes what this function never reads. */
const unread: Check = () => undefined;

const valueGlobs = mappingTo(either(anyText, list(anyText, 1)));
const namespaces = keysOf({ include: list(text), exclude: list(text) });
const rule = keysOf(
  {
    from: either(text, list(text, 1)),
    to: text,
    keep: oneOf(true),
    deny: message,
    library: oneOf('as-written', 'always', 'never'),
    path: oneOf('whole', 'last', 'joined'),
    namespaces,
  },
  ['from'],
);
const registry = keysOf({
  pullSecrets: list(matching(secretName, 'a name')),
  plainHttp: oneOf(true),
  ca: message,
  chunk: matching(size, 'a size'),
  ecr: keysOf({
    create: flag,
    immutable: flag,
    scan: flag,
    encryption: matching(ecrEncryption, 'an encryption'),
    policy: matching(ecrPolicy, 'none or JSON'),
    lifecycle: matching(ecrLifecycle, 'JSON'),
    tags: mappingTo(matching(ecrTagValue, 'a text of at most 256 characters')),
  }),
});
const parameter = keysOf({
  $schema: anyText,
  version: oneOf(1),
  mirror: text,
  bypass: either(text, oneOf(false)),
  namespaces,
  skip: keysOf({ owners: list(text), labels: valueGlobs, annotations: valueGlobs }),
  exits: either(oneOf('all', 'none'), list(oneOf(...exitNames))),
  annotate: flag,
  warn: flag,
  registries: mappingTo(registry),
  rules: list(rule),
  expect: unread,
  workloads: unread,
  sync: unread,
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
