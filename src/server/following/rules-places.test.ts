import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RulesConfigMap } from '../../kubernetes/config-map.ts';
import type { WatchEvent } from '../../kubernetes/watch.ts';
import { RulesPlaces, UnknownPlace } from './rules-places.ts';

const at = (namespace: string, name: string, version = '1'): RulesConfigMap => ({
  namespace,
  name,
  version,
});
const there = (...place: Parameters<typeof at>): WatchEvent<RulesConfigMap> => ({
  type: 'object',
  object: at(...place),
});
const gone = (...place: Parameters<typeof at>): WatchEvent<RulesConfigMap> => ({
  type: 'deleted',
  object: at(...place),
});

function placesOf(...events: readonly WatchEvent<RulesConfigMap>[]): RulesPlaces {
  const places = new RulesPlaces();
  for (const event of events) places.take(event);
  return places;
}

test('the first ConfigMap by name counts, whenever it comes', () => {
  const places = placesOf(there('n', 'b'), there('n', 'a'), there('n', 'c'));
  expect(places.of('n')).toEqual(at('n', 'a'));
  expect(places.take(there('n', 'd'))).toEqual([]);
  expect(places.take(gone('n', 'c'))).toEqual([]);
  expect(places.take(there('n', 'a', '2'))).toEqual(['n']);
});

test('a list replaces all when it ends, and not before', () => {
  const places = placesOf(there('old', 'a'), there('n', 'a'));
  places.take({ type: 'listing' });
  expect(places.take(there('n', 'b'))).toEqual([]);
  expect(places.of('n')).toEqual(at('n', 'a'));
  expect(places.take({ type: 'listed' })).toEqual(['old', 'n']);
  expect(places.of('n')).toEqual(at('n', 'b'));
  expect(places.names()).toEqual(['n']);
});

test('a list that broke off leaves nothing behind', () => {
  const places = placesOf({ type: 'listing' }, there('half', 'a'), { type: 'listing' });
  places.take({ type: 'listed' });
  expect(places.names()).toEqual([]);
});

test('what was found before another event came does not count', () => {
  const places = placesOf(there('n', 'a'), gone('n', 'a'));
  const asked = places.of('n') as UnknownPlace;
  expect(asked).toBeInstanceOf(UnknownPlace);
  expect(places.take(there('n', 'a', '2'))).toEqual(['n']);
  places.settle('n', asked, undefined);
  expect(places.of('n')).toBeInstanceOf(UnknownPlace);
  places.settle('n', places.of('n') as UnknownPlace, at('n', 'a', '2'));
  expect(places.of('n')).toEqual(at('n', 'a', '2'));
});

test('20,000 namespaces are kept, of each one ConfigMap', () => {
  const places = new RulesPlaces();
  for (let count = 0; count < 20_005; count++) places.take(there(`n${count}`, 'a'));
  for (let count = 0; count < 5_000; count++) places.take(there('n0', `b${count}`));
  expect(places.names()).toHaveLength(20_000);
});

/**
 * Cluster has the ConfigMaps that exist, and the places as they are known from events and from
 * answers about them.
 */
class Cluster {
  readonly places = new RulesPlaces();
  readonly #stored = new Map<string, Set<string>>();
  readonly #answers = new Map<string, [UnknownPlace, RulesConfigMap | undefined]>();

  first(namespace: string): RulesConfigMap | undefined {
    const [first] = [...this.#names(namespace)].sort();
    return first === undefined ? undefined : at(namespace, first);
  }

  create(namespace: string, name: string): void {
    this.#names(namespace).add(name);
    this.places.take(there(namespace, name));
  }

  delete(namespace: string, name: string): void {
    if (this.#names(namespace).delete(name)) this.places.take(gone(namespace, name));
  }

  ask(namespace: string): void {
    const place = this.places.of(namespace);
    if (place instanceof UnknownPlace) this.#answers.set(namespace, [place, this.first(namespace)]);
  }

  answer(namespace: string): void {
    const answer = this.#answers.get(namespace);
    if (answer !== undefined) this.places.settle(namespace, ...answer);
  }

  #names(namespace: string): Set<string> {
    const names = this.#stored.get(namespace) ?? new Set();
    this.#stored.set(namespace, names);
    return names;
  }
}

test('whatever comes and goes, and whenever it is asked for, the first by name is known in the end', () => {
  const step = fc.record({
    namespace: fc.constantFrom('m', 'n'),
    name: fc.constantFrom('a', 'b', 'c'),
    action: fc.constantFrom('create', 'delete', 'ask', 'answer'),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const cluster = new Cluster();
      for (const { namespace, name, action } of steps) cluster[action](namespace, name);
      for (const namespace of ['m', 'n']) {
        cluster.ask(namespace);
        cluster.answer(namespace);
        expect(cluster.places.of(namespace)).toEqual(cluster.first(namespace));
      }
      const names = ['m', 'n'].filter((namespace) => cluster.first(namespace) !== undefined);
      expect(cluster.places.names()).toEqual(names);
    }),
  );
});
