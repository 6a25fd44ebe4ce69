/* Certificates in PEM (RFC 7468), as a `ca` holds them. Programs skip what is between the blocks. */

const label = /^-----(BEGIN|END) ([^-]*)-----$/;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Returns what is wrong with the text of a `ca`, as the end of a sentence; undefined for whole
 * certificates and nothing else. It does not repeat the text: it may be a private key.
 */
export function findCertificateMistake(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const edges = lines.flatMap((line, index) => {
    const [, edge, what = ''] = label.exec(line) ?? [];
    return edge === undefined ? [] : [{ edge, what, index }];
  });
  const foreign = edges.find(({ what }) => what !== 'CERTIFICATE')?.what;
  if (foreign?.endsWith('PRIVATE KEY'))
    return 'holds a private key: remove it, and replace the key';
  if (foreign !== undefined) return `holds a ${foreign}, not a certificate`;
  if (edges.length === 0) return 'holds no certificate';
  for (let at = 0; at < edges.length; at += 2) {
    const [begin, end] = edges.slice(at, at + 2);
    if (begin?.edge !== 'BEGIN') return 'has a certificate without its BEGIN line';
    if (end?.edge !== 'END') return 'has a certificate without its END line';
    if (!isWholeSequence(lines.slice(begin.index + 1, end.index).join('')))
      return 'has a certificate that is cut short or changed';
  }
  return undefined;
}

/** Returns the certificates of a text as one text: LF ends each line, the last one too. */
export function formatCertificates(text: string): string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block.replace(/[ \t\r]+$/gm, '')}\n`).join('');
}

/** Reports whether base64 holds one ASN.1 SEQUENCE, as long as it says it is. */
function isWholeSequence(body: string): boolean {
  if (!base64.test(body) || body.length % 4 !== 0) return false;
  const der = atob(body);
  const at = (index: number) => der.charCodeAt(index);
  if (at(0) !== 0x30) return false;
  const first = at(1);
  if (first < 0x80) return der.length === 2 + first;
  const lengthBytes = first & 0x7f;
  let length = 0;
  for (let index = 0; index < lengthBytes && index < 4; index++)
    length = length * 256 + at(2 + index);
  return der.length === 2 + lengthBytes + length;
}
