/** GoUrl is the parts of `https://host:port/path` that the kubelet compares. */
export interface GoUrl {
  /** The host with its port, as written. */
  readonly authority: string;
  /** The host alone. An address of IPv6 keeps its brackets if it has no port. */
  readonly host: string;
  /** Empty if there is none. */
  readonly port: string;
  readonly path: string;
}

const parts =
  /^(?:(?<user>[\w.~:!$&'()*+,;=%@-]*)@)?(?<authority>[^@/?#]*)(?<path>\/[^?#]*)?(?:\?[^#]*)?(?:#(?<fragment>.*))?$/s;
const withPort = /^(?:\[(?<address>(?:[\da-f]*:){2,}[\da-f]*)\]|(?<name>[^:[\]]*)):(?<port>\d*)$/i;
const withoutPort = /^(?:\[(?:[\da-f]*:){2,}[\da-f]*\]|[^:[]*)$/i;
const asciiControl = /[^\P{Cc}\u0080-\u009f]/u;
const badEscape = /%(?![\da-f]{2})/i;

/**
 * Parses `host/path` as Go's net/url parses `https://host/path`, and splits the port as its net
 * does. Returns undefined if that fails. Unlike Go, it accepts characters in a host that no image
 * can have in its host.
 */
export function parseGoUrl(text: string): GoUrl | undefined {
  const { user = '', authority, path = '', fragment = '' } = parts.exec(text)?.groups ?? {};
  if (authority === undefined) return undefined;
  const hostAndPort = splitPort(authority);
  if (hostAndPort === undefined) return undefined;
  const [beforeFragment = ''] = text.split('#', 1);
  if (asciiControl.test(beforeFragment)) return undefined;
  if ([user, path, fragment].some((part) => badEscape.test(part))) return undefined;
  return { authority, ...hostAndPort, path: decodeEscapes(path) };
}

function splitPort(authority: string): Pick<GoUrl, 'host' | 'port'> | undefined {
  const { address, name, port } = withPort.exec(authority)?.groups ?? {};
  if (port !== undefined) return { host: address ?? name ?? '', port };
  return withoutPort.test(authority) ? { host: authority, port: '' } : undefined;
}

/** Replaces `%61` with `a`. Bytes that are not ASCII may become anything: no image has them. */
function decodeEscapes(text: string): string {
  return text.replace(/%(..)/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}
