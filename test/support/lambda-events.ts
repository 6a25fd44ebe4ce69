import { readdirSync, readFileSync } from 'node:fs';

const folder = 'test/fixtures/admission-reviews';

/** Lists the names of the recorded reviews. */
export const fixtures = readdirSync(folder).filter((name) => name.endsWith('.json'));
/** Returns the body of a recorded review, as it was sent. */
export const readFixture = (name: string): string =>
  JSON.stringify(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')).review);
/** Returns the body of the recorded review whose name begins with this number. */
export const fixture = (number: string): string =>
  readFixture(fixtures.find((name) => name.startsWith(number)) ?? number);

/** Returns the event that REST APIs make of a body. */
export const rest = (body: unknown) => ({
  resource: '/call',
  path: '/call',
  httpMethod: 'POST',
  headers: { 'Content-Type': 'application/json' },
  queryStringParameters: { timeout: '3s' },
  requestContext: { stage: 'call', identity: { sourceIp: '192.0.2.1' } },
  body,
  isBase64Encoded: false,
});
/** Returns the event that HTTP APIs and function URLs make of a body. */
export const http = (body: unknown) => ({
  version: '2.0',
  rawPath: '/call',
  rawQueryString: 'timeout=3s',
  headers: { 'content-type': 'application/json' },
  requestContext: { http: { method: 'POST', path: '/call' } },
  body,
  isBase64Encoded: false,
});
/** Returns the same event with its body in base64. */
export const encoded = (event: { body: unknown }) => ({
  ...event,
  body: Buffer.from(String(event.body)).toString('base64'),
  isBase64Encoded: true,
});

const request = (value: unknown) =>
  rest(
    JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: value }),
  );
const tooLarge = 'x'.repeat(9_000_000);

/** Lists events that are not a review, each with its name and the status that answers it. */
export const malformedEvents: readonly (readonly [string, unknown, number])[] = [
  ['undefined', undefined, 400],
  ['null', null, 400],
  ['a text', 'POST', 400],
  ['a number', 5, 400],
  ['a list', [], 400],
  ['an empty event', {}, 400],
  ['a method of the wrong type', { httpMethod: 5, body: '{}' }, 400],
  ['requestContext null', { requestContext: null, body: '{}' }, 400],
  ['http null', { requestContext: { http: null } }, 400],
  ['no body', { httpMethod: 'POST' }, 400],
  ['a null body', rest(null), 400],
  ['an empty body', rest(''), 400],
  ['an empty body of version 2.0', http(''), 400],
  ['a body that is an object', rest({ kind: 'AdmissionReview' }), 400],
  ['a body that is a number', rest(0), 400],
  ['a body that is no JSON', rest('not json'), 400],
  ['JSON that ends early', rest('{"kind":"AdmissionReview","apiVersion"'), 400],
  ['a body that is null in JSON', rest('null'), 400],
  ['an empty object', rest('{}'), 400],
  ['an empty list', rest('[]'), 400],
  ['a text in JSON', rest('"x"'), 400],
  ['an array of reviews', rest(`[${fixture('001')}]`), 400],
  ['no request', request(undefined), 400],
  ['request null', request(null), 400],
  ['a request without uid', request({ operation: 'CREATE' }), 400],
  ['a uid that is a number', request({ uid: 5 }), 400],
  ['another kind', rest('{"kind":"Pod","apiVersion":"v1"}'), 400],
  ['base64 that is none', { ...rest('***'), isBase64Encoded: true }, 400],
  ['base64 that is not said to be', rest(encoded(rest(fixture('001'))).body), 400],
  ['GET', { httpMethod: 'GET', body: null }, 405],
  ['GET of version 2.0', { requestContext: { http: { method: 'GET' } } }, 405],
  ['PUT', { ...rest(fixture('001')), httpMethod: 'PUT' }, 405],
  ['a body that is too large', rest(tooLarge), 413],
  ['the same in base64', { ...rest(tooLarge), isBase64Encoded: true }, 413],
];
