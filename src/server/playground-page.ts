import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Answer } from './answer.ts';

/** What the page has in place of rules; playground/index.html holds it. */
const emptyRules = '<meta name="rules" content="">';

/**
 * The longest rules file that the page opens with, in characters: as much as a ConfigMap can hold.
 * More would make the page slow.
 */
const maxLength = 1024 * 1024;

/** Returns the HTML of the playground, which then opens with these rules instead of an example. */
function withRules(html: string, rules: string): string {
  const shown = rules.length > maxLength ? placeholderFor(rules) : rules;
  return html.replace(emptyRules, () =>
    emptyRules.replace('""', () => `"${escapeAttribute(shown)}"`),
  );
}

function placeholderFor({ length }: string): string {
  return `# The rules of this server have ${length} characters. This page opens with at most ${maxLength}.
# 此服务器的规则共 ${length} 个字符，超过本页面打开时的上限 ${maxLength}。
version: 1
rules: []
`;
}

/** Escapes a text for an attribute. HTML would read a carriage return as a line feed. */
function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('\r', '&#13;');
}

/** PlaygroundPage answers a request for the playground, by the headers of the request. */
export type PlaygroundPage = (headers: IncomingHttpHeaders) => Promise<Answer>;

const compress = promisify(gzip);

/**
 * Creates the page with the rules in force. It is made once for each text of the rules. A browser
 * keeps it, and asks each time whether it still holds.
 */
export function createPlaygroundPage(html: string, rulesText: () => string): PlaygroundPage {
  let text: string | undefined;
  let page = '';
  let hash = '';
  let zipped: Promise<Buffer> | undefined;
  return async (request) => {
    const current = rulesText();
    if (text !== current) {
      text = current;
      page = withRules(html, current);
      hash = createHash('sha256').update(page).digest('base64url');
      zipped = undefined;
    }
    const isZipped = acceptsGzip(request['accept-encoding']);
    const tag = isZipped ? `"${hash}-gzip"` : `"${hash}"`;
    const headers = {
      ETag: tag,
      'Cache-Control': 'no-cache',
      Vary: 'Accept-Encoding',
      'X-Content-Type-Options': 'nosniff',
      // The page forbids everything else by itself, but it cannot forbid frames.
      'Content-Security-Policy': "frame-ancestors 'none'",
    };
    const type = 'text/html; charset=utf-8';
    if (matches(request['if-none-match'], tag)) return { status: 304, type, headers, body: '' };
    if (!isZipped) return { status: 200, type, headers, body: page };
    // In a thread of its own: reviews are answered meanwhile.
    zipped ??= compress(page);
    const body = await zipped;
    return { status: 200, type, headers: { ...headers, 'Content-Encoding': 'gzip' }, body };
  };
}

/** Reports whether a client takes gzip, as it says by `Accept-Encoding` (RFC 9110, 12.5.3). */
function acceptsGzip(accepted = ''): boolean {
  const weights = new Map<string, number>();
  for (const entry of accepted.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    weights.set(coding, Number(weight ?? 1));
  }
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}

/** Reports whether `If-None-Match` names the tag (RFC 9110, 13.1.2). */
function matches(known: string | undefined, tag: string): boolean {
  return known?.split(',').some((each) => ['*', tag, `W/${tag}`].includes(each.trim())) ?? false;
}
