/*
 * A value in slices: what one thread has made reaches another in pieces, each of which is taken in
 * within a millisecond or two. Copying the rules of a large file at once takes a tenth of a second.
 */

/** Part is a text, boolean, null or undefined as it is, or the place of an earlier item. */
type Part = string | boolean | null | undefined | number;
type Kind = 'number' | 'object' | 'array' | 'set' | 'map';
/**
 * Item is a part of a value that comes after all items which it refers to. Of a number it has the
 * number itself; of an object the place of the list of its keys, then its values; of a map its keys
 * and values in turns.
 */
type Item = readonly [kind: Kind, ...parts: Part[]];

/** Slice is consecutive items. Places are counted from 0 over all slices. */
export type Slice = readonly Item[];

/** How many parts the items of a slice have: so many are taken in within about a millisecond. */
const sliceSize = 4_000;

/**
 * Sends a value in slices: numbers, texts, booleans, and plain objects, arrays, Maps and Sets of
 * them, without circles. An object that appears several times is one object again afterwards.
 *
 * @throws Error if the value contains something else, such as a function
 */
export function sendInSlices(value: unknown, send: (slice: Slice) => void): void {
  const slicer = new Slicer(send);
  slicer.place([value]);
  slicer.end();
}

class Slicer {
  readonly #send: (slice: Slice) => void;
  readonly #places = new Map<unknown, number>();
  readonly #keyLists = new Map<string, readonly string[]>();
  #slice: Item[] = [];
  #size = 0;

  constructor(send: (slice: Slice) => void) {
    this.#send = send;
  }

  place(value: unknown): Part {
    if (typeof value === 'string' || typeof value === 'boolean' || value == null) return value;
    const known = this.#places.get(value);
    if (known !== undefined) return known;
    const item = this.#itemOf(value);
    const place = this.#places.size;
    this.#places.set(value, place);
    this.#slice.push(item);
    this.#size += item.length;
    if (this.#size >= sliceSize) this.end();
    return place;
  }

  end(): void {
    this.#send(this.#slice);
    this.#slice = [];
    this.#size = 0;
  }

  #itemOf(value: unknown): Item {
    const placeAll = (parts: readonly unknown[]) => parts.map((part) => this.place(part));
    if (typeof value === 'number') return ['number', value];
    if (Array.isArray(value)) return ['array', ...placeAll(value)];
    if (value instanceof Set) return ['set', ...placeAll([...value])];
    if (value instanceof Map) return ['map', ...placeAll([...value].flat(1))];
    if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
      throw new Error(`${String(value)} cannot be sent in slices`);
    const object = value as object;
    const keys = this.#keyList(Object.keys(object));
    return ['object', this.place(keys), ...placeAll(Object.values(object))];
  }

  /** Returns one list for all objects with the same keys. */
  #keyList(keys: readonly string[]): readonly string[] {
    const name = JSON.stringify(keys);
    const list = this.#keyLists.get(name) ?? keys;
    this.#keyLists.set(name, list);
    return list;
  }
}

/** SlicedValue puts a value together again. */
export class SlicedValue {
  readonly #items: unknown[] = [];

  /** Takes in the next slice. */
  add(slice: Slice): void {
    for (const item of slice) this.#items.push(this.#valueOf(item));
  }

  /** Returns the value, after the last slice. */
  get value(): unknown {
    return (this.#items.at(-1) as [unknown])[0];
  }

  #valueOf([kind, ...parts]: Item): unknown {
    if (kind === 'number') return parts[0];
    const values = parts.map((part) => (typeof part === 'number' ? this.#items[part] : part));
    if (kind === 'array') return values;
    if (kind === 'set') return new Set(values);
    if (kind === 'map') return new Map(pairs(values));
    const [keys, ...rest] = values as [readonly string[], ...unknown[]];
    // A key may be __proto__, which an assignment would take for something else.
    return Object.fromEntries(keys.map((key, index) => [key, rest[index]]));
  }
}

function* pairs(values: readonly unknown[]): Generator<[unknown, unknown]> {
  for (let at = 0; at < values.length; at += 2) yield [values[at], values[at + 1]];
}
