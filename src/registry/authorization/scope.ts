import type { Repository } from '../repository.ts';

/** Action is what a token allows to do with a repository; `list` is for the catalog of a registry. */
export type Action = 'pull' | 'push' | 'delete' | 'list';

/**
 * Returns the scopes that a request needs, one for each action and repository:
 * https://distribution.github.io/distribution/spec/auth/scope/. `from` is a repository of the same
 * registry that a blob is mounted from.
 */
export function scopesOf({ name }: Repository, action: Action, from?: string): readonly string[] {
  if (action === 'list') return ['registry:catalog:*'];
  if (action === 'delete') return [`repository:${name}:delete`];
  const scopes = [`repository:${name}:pull`];
  if (action === 'push') scopes.push(`repository:${name}:push`);
  if (from !== undefined && from !== name) scopes.push(`repository:${from}:pull`);
  return scopes;
}

/** Returns scopes as token services take them: the actions on one repository in one scope. */
export function joinScopes(scopes: Iterable<string>): string[] {
  const actionsOf = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const { resource, actions } = parseScope(scope);
    const known = actionsOf.get(resource) ?? new Set();
    for (const action of actions ?? []) known.add(action);
    actionsOf.set(resource, known);
  }
  return [...actionsOf].map(([resource, actions]) =>
    actions.size === 0 ? resource : `${resource}:${[...actions].join(',')}`,
  );
}

/** Splits what a challenge asks for into scopes of one action each. */
export function splitScopes(text: string | undefined): string[] {
  return (text ?? '')
    .split(' ')
    .filter((scope) => scope !== '')
    .flatMap((scope) => {
      const { resource, actions } = parseScope(scope);
      return actions?.map((action) => `${resource}:${action}`) ?? [resource];
    });
}

/** Parses a scope; one without a colon (`aws`) is a resource without actions. */
function parseScope(scope: string): { resource: string; actions: string[] | undefined } {
  const [, resource = scope, actions] = /^(.+):([^:]*)$/.exec(scope) ?? [];
  return { resource, actions: actions?.split(',') };
}
