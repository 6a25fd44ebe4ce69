import { request } from 'node:https';

/** Fails if a server answers something else than the review asked for: it must not be measured. */
export async function verifyAnswer({ name, url, body, pem, expectsImages }) {
  const { status, text } = await post(url, body.text, pem);
  const check = (holds, expected) => {
    if (!holds) throw new Error(`${name}, ${body.name} body: expected ${expected}, got:\n${text}`);
  };
  check(status === 200, `status 200 (was ${status})`);
  const { response } = JSON.parse(text);
  check(response.allowed === true, 'allowed: true');
  check(response.uid === body.uid, `uid ${body.uid}`);
  if (expectsImages) checkPatch(response, body, check);
}

function checkPatch(response, { expectedImages }, check) {
  const operations = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString() || '[]');
  check(operations.length === expectedImages.size, `${expectedImages.size} operations`);
  for (const { op, path, value } of operations) {
    const expected = expectedImages.get(path);
    check(op === 'replace' && value === expected, `replace ${path} by ${expected} (was ${value})`);
  }
}

/** A peer may have its own certificate, so only servers given ours are checked against it. */
function post(url, text, pem) {
  const trust = pem ? { ca: pem } : { rejectUnauthorized: false };
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers, agent: false, ...trust });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.end(text);
  });
}
