/*
 * Another project's webhook, which spells images in its own way: a program of its own, which runs
 * where the API server is. Its only argument is NeighborOptions in JSON.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { normalizer, spellings } from '../../e2e/rig/normalizer.ts';
import type { Pod } from '../../rig/kubernetes-object.ts';
import type { NeighborOptions } from './normalizer.ts';

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly object: Pod };
}

const { spelling, port, certFile, keyFile } = JSON.parse(process.argv[2] ?? '') as NeighborOptions;
const spell = spellings[spelling];
if (spell === undefined) throw new Error(`nobody spells ${spelling}`);
const { patch } = normalizer('neighbor', spell);
const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
createServer(pair, async (incoming, answer) => {
  const { apiVersion, kind, request } = JSON.parse(await text(incoming)) as Review;
  const operations = patch(request.object);
  const response = {
    uid: request.uid,
    allowed: true,
    ...(operations.length > 0 && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
    }),
  };
  answer.setHeader('content-type', 'application/json');
  answer.end(JSON.stringify({ apiVersion, kind, response }));
}).listen(port, '127.0.0.1');
