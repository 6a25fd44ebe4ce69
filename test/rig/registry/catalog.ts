import { type Answer, errorAnswer, jsonAnswer } from './exchange.ts';
import type { Visit } from './visit.ts';

/** Answers `GET /v2/_catalog`, page by page: https://distribution.github.io/distribution/spec/api/ */
export function answerCatalog({
  exchange,
  store,
  quirks,
  base,
}: Omit<Visit, 'name' | 'repository'>): Answer {
  if (quirks.noCatalog !== undefined)
    return errorAnswer(quirks.noCatalog, 'UNSUPPORTED', 'this registry has no catalog');
  const query = exchange.url.searchParams;
  const n = Number(query.get('n') ?? quirks.pageSize ?? 100);
  const last = query.get('last') ?? '';
  const rest = [...store.repositories.keys()].sort().filter((name) => name > last);
  const repositories = rest.slice(0, n);
  const next = `${base}/v2/_catalog?n=${n}&last=${encodeURIComponent(repositories.at(-1) ?? '')}`;
  const more = rest.length > n ? { link: `<${next}>; rel="next"` } : {};
  return jsonAnswer({ repositories }, more);
}
