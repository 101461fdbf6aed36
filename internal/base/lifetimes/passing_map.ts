/**
 * Maps of objects that come and go, such as calls.
 *
 * V8 gives a Map a new table whenever it has grown, shrunk, or filled up with removed entries, and links the old
 * table to the new one. Once one of these tables has grown old, collections of young objects keep all that follow,
 * with the objects in them: each call would be copied twice, and stay until the whole heap is collected. So a map is
 * made anew before that happens.
 */

/** Removals after which a small map is made anew. */
const MIN_REMOVALS = 32;

/** A Map for values that stay for a short time. */
export class PassingMap<K, V> {
  #map = new Map<K, V>();
  #removals = 0;

  /** Number of entries. */
  get size(): number {
    return this.#map.size;
  }

  /** Returns the value of a key. */
  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  /** Reports whether there is a key. */
  has(key: K): boolean {
    return this.#map.has(key);
  }

  /** Sets the value of a key; a new one comes last. */
  set(key: K, value: V): void {
    this.#map.set(key, value);
  }

  /** Removes a key; returns false if it was not there. */
  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false;
    if (++this.#removals >= MIN_REMOVALS && this.#removals >= this.#map.size) {
      this.#map = new Map(this.#map);
      this.#removals = 0;
    }
    return true;
  }

  /** Returns a copy of the values, in the order in which their keys were set. */
  values(): V[] {
    return [...this.#map.values()];
  }

  /** Returns a copy of the entries, in the same order. */
  entries(): [K, V][] {
    return [...this.#map];
  }

  /** Returns the value that comes first; `undefined` if there is none. */
  first(): V | undefined {
    for (const value of this.#map.values()) return value;
    return undefined;
  }
}
