import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  json,
  type ScriptedApi,
  startScriptedApi,
  stream,
} from '../../test/support/scripted-api.ts';
import type { Listed, Selection } from './list.ts';
import { type WatchEvent, type WatchOptions, watchObject, watchObjects } from './watch.ts';

let scripted: ScriptedApi;
let events: string[];
let stop: () => void = () => undefined;

beforeEach(async () => {
  scripted = await startScriptedApi();
  events = [];
});
afterEach(() => {
  stop();
  scripted.stop();
});

const labelled = { path: '/api/v1/configmaps', labelSelector: 'a=b', metadataOnly: true };

function watch(more: Partial<WatchOptions> = {}, selection: Selection = labelled): void {
  const options = { ...selection, api: scripted.api, maxPause: 10, ...more };
  stop = watchObjects(options, (event) => events.push(describeEvent(event)));
}

function describeEvent(event: WatchEvent<Listed>): string {
  if (event.type === 'failed') return `failed: ${event.error.message}`;
  if (!('object' in event)) return event.type;
  const { name, resourceVersion } = event.object.metadata;
  return `${event.type} ${name}@${resourceVersion}`;
}

const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const list = (resourceVersion: string, names: readonly string[] = [], next = '') =>
  json({
    metadata: { resourceVersion, continue: next },
    items: names.map((name) => object(name, '1')),
  });
const event = (type: string, name: string, version: string) =>
  `${JSON.stringify({ type, object: object(name, version) })}\n`;
const gone = `${JSON.stringify({
  type: 'ERROR',
  object: { kind: 'Status', code: 410, message: 'too old resource version', metadata: {} },
})}\n`;

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });
const untilEvents = (...wanted: readonly string[]) => until(() => expect(events).toEqual(wanted));
const untilAsked = (count: number) => until(() => expect(scripted.asked.length).toBe(count));
const fromVersions = () => scripted.asked.map(({ query }) => query.resourceVersion);

test('lists page by page, then watches from the list’s version, each time with the token of the moment', async () => {
  scripted.answer(list('7', ['x'], 'token/of=page'), list('7', ['y']));
  scripted.answer(stream(event('ADDED', 'z', '8') + event('DELETED', 'x', '9')));
  watch();
  await untilEvents(
    'listing',
    'object x@1',
    'object y@1',
    'listed',
    'watching',
    'object z@8',
    'deleted x@9',
  );
  const [first, second, third] = scripted.asked;
  expect(first?.query).toEqual({ labelSelector: 'a=b', limit: '500' });
  expect(second?.query).toMatchObject({ labelSelector: 'a=b', continue: 'token/of=page' });
  expect(third?.query).toMatchObject({
    labelSelector: 'a=b',
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '7',
    timeoutSeconds: expect.stringMatching(/^[3-6]\d\d$/),
  });
  expect(first?.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
  expect(third?.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  expect(scripted.asked.map(({ authorization }) => authorization)).toEqual(
    [1, 2, 3].map((count) => `Bearer token-${count}`),
  );
});

test('one object is reported as it is now, once for each list; a list without it says that it is gone', async () => {
  scripted.answer(list('7', ['x']));
  scripted.answer(stream(event('MODIFIED', 'x', '8') + event('DELETED', 'x', '9') + gone));
  scripted.answer(list('10'), stream(event('ADDED', 'x', '11')));
  stop = watchObject<Listed>({ ...labelled, api: scripted.api, maxPause: 10 }, (event) => {
    const isNow = event.type === 'now';
    events.push(isNow ? `now @${event.object?.metadata.resourceVersion}` : event.type);
  });
  await untilEvents(
    ...['now @1', 'watching', 'now @8', 'now @undefined'],
    ...['now @undefined', 'watching', 'now @11'],
  );
});

test('a list without objects is one, as the API server writes it', async () => {
  scripted.answer(json({ metadata: { resourceVersion: '7' }, items: null }), stream(''));
  watch();
  await untilEvents('listing', 'listed', 'watching');
});

test('when the API server ends a watch, the next one continues from the last event or bookmark', async () => {
  scripted.answer(list('7'), stream(event('MODIFIED', 'x', '8'), 'end'));
  scripted.answer(stream(event('BOOKMARK', '', '12'), 'end'), stream(''));
  watch();
  await untilAsked(4);
  expect(fromVersions()).toEqual([undefined, '7', '8', '12']);
  expect(events.filter((one) => /failed|listing/.test(one))).toEqual(['listing']);
});

test('an event that a broken connection cuts in half is asked for again', async () => {
  const whole = event('MODIFIED', 'x', '9');
  scripted.answer(list('7'));
  scripted.answer(stream(event('ADDED', 'x', '8') + whole.slice(0, 20), 'break'));
  scripted.answer(stream(whole));
  watch();
  await until(() => expect(events.at(-1)).toBe('object x@9'));
  expect(fromVersions()).toEqual([undefined, '7', '8']);
  expect(events.filter((one) => one.startsWith('failed'))).toHaveLength(1);
});

test.each([
  ['an event says so', stream(gone)],
  ['the answer says so', json({ kind: 'Status', message: 'expired' }, 410)],
])(
  'a version that is too old is not a failure: the objects are listed again if %s',
  async (_, answer) => {
    scripted.answer(list('7', ['x']), answer, list('90', ['y']), stream(''));
    watch();
    await untilAsked(4);
    await until(() => expect(events.at(-1)).toBe('watching'));
    expect(fromVersions()).toEqual([undefined, '7', undefined, '90']);
    expect(events.filter((one) => one.startsWith('object'))).toEqual(['object x@1', 'object y@1']);
    expect(events.filter((one) => one.startsWith('failed'))).toEqual([]);
  },
);

test('a connection that stays open but silent is closed, and the watch continues where it was', async () => {
  scripted.answer(list('7'), stream(event('ADDED', 'x', '8')), stream(event('ADDED', 'y', '9')));
  watch({ silence: 100 });
  await until(() => expect(events).toContain('object y@9'));
  expect(events).toContain('failed: the Kubernetes API has sent nothing for 0.1 s');
  expect(fromVersions().slice(0, 3)).toEqual([undefined, '7', '8']);
});

test('where watching is not allowed it lists again and again, with pauses', async () => {
  const forbidden = json({ kind: 'Status', message: 'cannot watch resource "configmaps"' }, 403);
  scripted.answer(list('7', ['x']), forbidden, list('8', ['y']), forbidden);
  watch();
  await untilAsked(5);
  expect(events).toEqual([
    'listing',
    'object x@1',
    'listed',
    'failed: cannot watch resource "configmaps"',
    'listing',
    'object y@1',
    'listed',
    'failed: cannot watch resource "configmaps"',
    'listing',
  ]);
});

test('what is not JSON is a failure; after three the objects are listed again', async () => {
  scripted.answer(list('7'), ...[1, 2, 3].map(() => stream('<html>\n')), list('8'), stream(''));
  watch();
  await untilAsked(6);
  expect(fromVersions()).toEqual([undefined, '7', '7', '7', undefined, '8']);
});

test('a watch that is ended at once, without an event, is a failure', async () => {
  scripted.answer(list('7'), stream('', 'end'), stream(''));
  watch();
  await untilAsked(3);
  expect(events).toContain('failed: the Kubernetes API ended the watch at once');
});

test('megabytes of labels are not read: what is needed precedes them', async () => {
  const metadata = {
    name: 'large',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '8',
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: { 'a/b': `}},"creationTimestamp"${'é\\"\n'.repeat(500_000)}` },
  };
  const large = `${JSON.stringify({ type: 'ADDED', object: { metadata } })}\n`;
  scripted.answer(list('7'), stream(large + event('ADDED', 'small', '9')));
  const parse = vi.spyOn(JSON, 'parse');
  watch();
  await untilEvents('listing', 'listed', 'watching', 'object large@8', 'object small@9');
  expect(Math.max(...parse.mock.calls.map(([text]) => text.length))).toBeLessThan(1000);
  parse.mockRestore();
});

test('a page that is too long is asked for again with fewer objects', async () => {
  const large = json({ metadata: { resourceVersion: '7', padding: 'x'.repeat(9 * 2 ** 20) } });
  scripted.answer(large, large, list('7', ['x'], 'more'), list('7', ['y']), stream(''));
  watch();
  await untilEvents('listing', 'object x@1', 'object y@1', 'listed', 'watching');
  expect(scripted.asked.map(({ query: { limit } }) => limit)).toEqual([
    '500',
    '125',
    '32',
    '64',
    undefined,
  ]);
});

test('one object by name is watched whole', async () => {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  scripted.answer(json({ metadata: { resourceVersion: '7' }, items: [] }), stream(''));
  watch({}, { path, fieldSelector: 'metadata.name=x' });
  await untilEvents('listing', 'listed', 'watching');
  expect(scripted.asked.map(({ path, accept }) => [path, accept])).toEqual([
    [path, 'application/json'],
    [path, 'application/json'],
  ]);
  expect(scripted.asked[1]?.query).toMatchObject({ fieldSelector: 'metadata.name=x' });
});

test('once stopped it closes its connection, and reports and asks nothing more', async () => {
  scripted.answer(list('7'), stream(''));
  watch();
  await untilEvents('listing', 'listed', 'watching');
  expect(scripted.sockets.size).toBe(1);
  stop();
  await until(() => expect(scripted.sockets.size).toBe(0));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(events).toEqual(['listing', 'listed', 'watching']);
  expect(scripted.asked).toHaveLength(2);
});
