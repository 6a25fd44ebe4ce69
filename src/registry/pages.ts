import type { Answer, Call } from './call.ts';
import { requestError } from './error-answer.ts';
import { nextLinkOf } from './request/headers.ts';
import { resolveLocation } from './request/redirect.ts';
import type { Transport } from './transport.ts';

/** The longest page that is read, in bytes: some registries send all tags in one. */
const maxPage = 64 * 1024 * 1024;
/** The most pages that are read: a million tags by a hundred. */
export const mostPages = 10_000;
/** How many pages in a row may be empty. The last page of some registries leads to an empty one. */
const maxEmpty = 10;

/**
 * Reads a list page by page, along `Link: <…>; rel="next"`. The link is opaque: cursors are not
 * always names.
 *
 * @throws RegistryError
 */
export async function* pagesOf(
  transport: Transport,
  call: Call,
): AsyncGenerator<Answer, void, undefined> {
  // A registry that leads in a circle is left there.
  const seen = new Set<string>();
  for (let target: string | URL | undefined = call.target; target !== undefined; ) {
    const answer: Answer = await transport.send({
      ...call,
      target,
      isJson: true,
      limit: maxPage,
    });
    yield answer;
    const next = nextLinkOf(answer.headers);
    target = next === undefined ? undefined : resolveLocation(next, answer.url);
    if (target === undefined || seen.has(target.href)) return;
    seen.add(target.href);
    if (seen.size >= mostPages)
      throw requestError(call, `the list has more than ${mostPages} pages`);
  }
}

/**
 * Lists the names on all pages of a list. `listIn` returns what a page lists, undefined if it is not
 * a list; of that, only what `isName` accepts is listed.
 *
 * @throws RegistryError
 */
export async function* namesOf(
  transport: Transport,
  call: Call,
  listIn: (page: Record<string, unknown>) => readonly unknown[] | undefined,
  isName: (value: unknown) => value is string,
): AsyncGenerator<string, void, undefined> {
  let empty = 0;
  for await (const page of pagesOf(transport, call)) {
    const listed = listIn(objectIn(page));
    // A page that is not a list (the login page of a proxy) must not be taken for an empty one.
    if (listed === undefined) {
      const { status } = page;
      throw requestError(call, 'the answer is not a list', { status, code: 'INVALID_JSON' });
    }
    const names = listed.filter(isName);
    yield* names;
    empty = names.length === 0 ? empty + 1 : 0;
    if (empty >= maxEmpty) return;
  }
}

/** Returns a page as a JSON object; an empty one if it is anything else. */
export function objectIn({ json }: Answer): Record<string, unknown> {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}

/** Returns a value if it is a list, else an empty one. */
export function listOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each) : [];
}
