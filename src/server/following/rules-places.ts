import type { RulesConfigMap } from '../../kubernetes/config-map.ts';
import type { WatchEvent } from '../../kubernetes/watch.ts';

/** The place of a namespace whose first ConfigMap is gone: whether there is another one must be asked. */
export class UnknownPlace {}
type Place = RulesConfigMap | UnknownPlace;

/** So many namespaces are kept in memory; those beyond have no rules. */
const maxNamespaces = 20_000;

/**
 * Keeps where each namespace has its rules: in the first of its ConfigMaps by name. One reference a namespace is kept, however
 * many ConfigMaps it has.
 */
export class RulesPlaces {
  #places: Map<string, Place> = new Map();
  #listing: Map<string, Place> | undefined;
  #names: readonly string[] | undefined;

  of(namespace: string): Place | undefined {
    return this.#places.get(namespace);
  }

  /** All namespaces, by name. The same array until one comes or goes. */
  names(): readonly string[] {
    this.#names ??= [...this.#places.keys()].sort();
    return this.#names;
  }

  /** Takes an event in, and returns the namespaces whose place has changed. */
  take(event: WatchEvent<RulesConfigMap>): readonly string[] {
    if (event.type === 'listing') this.#listing = new Map();
    else if (event.type === 'listed') return this.#replace();
    else if ('object' in event) {
      const { object } = event;
      if (this.#listing !== undefined) put(this.#listing, object);
      else if (this.#change(event.type, object)) return [object.namespace];
    }
    return [];
  }

  /** Takes in what was found for a place that was unknown, unless an event was faster. */
  settle(namespace: string, asked: UnknownPlace, found: RulesConfigMap | undefined): void {
    if (this.#places.get(namespace) !== asked) return;
    if (found !== undefined) this.#places.set(namespace, found);
    else {
      this.#places.delete(namespace);
      this.#names = undefined;
    }
  }

  clear(): void {
    this.#places = new Map();
    this.#listing = undefined;
    this.#names = undefined;
  }

  #replace(): readonly string[] {
    const before = this.#places;
    this.#places = this.#listing ?? new Map();
    this.#listing = undefined;
    this.#names = undefined;
    return [...new Set([...before.keys(), ...this.#places.keys()])];
  }

  #change(type: 'object' | 'deleted', object: RulesConfigMap): boolean {
    const { namespace, name } = object;
    const place = this.#places.get(namespace);
    const isFirst = place !== undefined && 'name' in place && place.name === name;
    if (place instanceof UnknownPlace || (type === 'deleted' && isFirst)) {
      // A new one each time: what was found before this event must not settle it.
      this.#places.set(namespace, new UnknownPlace());
      return true;
    }
    if (type === 'deleted') return false;
    if (place === undefined) this.#names = undefined;
    return put(this.#places, object);
  }
}

/** Puts a ConfigMap in its namespace's place if it is the first by name, and returns whether it did. */
function put(places: Map<string, Place>, object: RulesConfigMap): boolean {
  const { namespace, name } = object;
  const place = places.get(namespace);
  if (place === undefined && places.size >= maxNamespaces) return false;
  if (place !== undefined && 'name' in place && place.name < name) return false;
  places.set(namespace, object);
  return true;
}
