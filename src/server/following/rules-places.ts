import type { RulesConfigMap } from '../../kubernetes/config-map.ts';
import type { WatchEvent } from '../../kubernetes/watch.ts';

/**
 * UnknownPlace is the place of a namespace whose first ConfigMap is gone. Only the API knows
 * whether there is another one.
 */
export class UnknownPlace {}
type Place = RulesConfigMap | UnknownPlace;

/** The most namespaces in memory. Namespaces beyond it have no rules. */
const maxNamespaces = 20_000;

/**
 * RulesPlaces records where each namespace has its rules: in the first of its ConfigMaps by name.
 * It holds one reference per namespace, however many ConfigMaps the namespace has.
 */
export class RulesPlaces {
  #places: Map<string, Place> = new Map();
  #listing: Map<string, Place> | undefined;
  #names: readonly string[] | undefined;

  /** Returns the place of a namespace; undefined if it has no rules. */
  of(namespace: string): Place | undefined {
    return this.#places.get(namespace);
  }

  /** Returns all namespaces, sorted by name. It is the same array until one is added or removed. */
  names(): readonly string[] {
    this.#names ??= [...this.#places.keys()].sort();
    return this.#names;
  }

  /** Applies an event, and returns the namespaces whose place has changed. */
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

  /** Records what was found for an unknown place, unless an event was faster. */
  settle(namespace: string, asked: UnknownPlace, found: RulesConfigMap | undefined): void {
    if (this.#places.get(namespace) !== asked) return;
    if (found !== undefined) this.#places.set(namespace, found);
    else {
      this.#places.delete(namespace);
      this.#names = undefined;
    }
  }

  /** Forgets everything, including a list that has not ended. */
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
      // A new object each time: what was found before this event must not settle the place.
      this.#places.set(namespace, new UnknownPlace());
      return true;
    }
    if (type === 'deleted') return false;
    if (place === undefined) this.#names = undefined;
    return put(this.#places, object);
  }
}

/** Records a ConfigMap if it is the first by name in its namespace, and reports whether it is. */
function put(places: Map<string, Place>, object: RulesConfigMap): boolean {
  const { namespace, name } = object;
  const place = places.get(namespace);
  if (place === undefined && places.size >= maxNamespaces) return false;
  if (place !== undefined && 'name' in place && place.name < name) return false;
  places.set(namespace, object);
  return true;
}
