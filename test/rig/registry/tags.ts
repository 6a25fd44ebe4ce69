import { type Answer, errorAnswer, jsonAnswer } from './exchange.ts';
import { gcrManifests } from './listings.ts';
import type { Visit } from './visit.ts';

/** Answers `GET …/tags/list`, page by page. */
export function answerTags(visit: Visit): Answer {
  const { exchange, repository, name, quirks } = visit;
  if (exchange.method !== 'GET') return errorAnswer(405, 'UNSUPPORTED', exchange.method);
  const query = exchange.url.searchParams;
  const n = query.has('n') ? Number(query.get('n')) : (quirks.pageSize ?? Infinity);
  if (Number.isNaN(n) || n < 0) return errorAnswer(400, 'PAGINATION_NUMBER_INVALID', `n=${n}`);
  if (query.has('n') && n > (quirks.largestPage ?? n)) {
    return errorAnswer(405, 'UNSUPPORTED', `n is at most ${quirks.largestPage}`);
  }
  if (quirks.opaqueCursor && query.has('last')) {
    return errorAnswer(405, 'UNSUPPORTED', 'Invalid parameter "last"');
  }
  const cursor = query.get('next_page');
  const last = cursor === null ? query.get('last') : Buffer.from(cursor, 'base64url').toString();
  const all = [...repository.tags.keys()].sort();
  const rest = last === null ? all : all.filter((tag) => tag > last);
  const tags = rest.slice(0, n);
  const more = quirks.listing === 'gcr' ? gcrManifests(repository) : {};
  return jsonAnswer({ name, tags, ...more }, linkAfter(visit, tags, rest.length));
}

/** The page after this one is named by a header: https://www.rfc-editor.org/rfc/rfc5988 */
function linkAfter({ exchange, base, quirks }: Visit, tags: readonly string[], rest: number) {
  const last = tags.at(-1);
  const isMore = tags.length < rest || (quirks.linkAtEnd && exchange.url.searchParams.has('n'));
  if (last === undefined || !isMore) return {};
  const query = new URLSearchParams();
  const n = exchange.url.searchParams.get('n');
  if (n !== null) query.set('n', n);
  if (quirks.opaqueCursor) query.set('next_page', Buffer.from(last).toString('base64url'));
  else query.set('last', last);
  const path = `${exchange.path}?${query}`;
  return { link: `<${quirks.relativeLink ? path : `${base}${path}`}>; rel="next"` };
}
