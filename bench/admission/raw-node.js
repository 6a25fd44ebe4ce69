// The floor for a webhook in Node: the body parsed, the uid echoed, one constant patch. No rules,
// no logs, no metrics, no limits.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [port, certificate, key] = process.argv.slice(2);
const patch = Buffer.from(
  '[{"op":"replace","path":"/spec/containers/0/image","value":"mirror.example/coredns:1.3.1"}]',
).toString('base64');

const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key), keepAliveTimeout: 120_000 },
  (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = answer(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      });
      response.end(body);
    });
  },
);

function answer({ apiVersion, request }) {
  return JSON.stringify({
    apiVersion,
    kind: 'AdmissionReview',
    response: { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch },
  });
}

server.listen(Number(port), '127.0.0.1');
