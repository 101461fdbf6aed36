/** The ids that the dictionaries of a schema get on the wire. */

import type { DataType, Field } from "apache-arrow";
import { TYPE_ID } from "../../arrow/arrow_format.ts";
import { anyType } from "../../arrow/types/same_type.ts";

/**
 * Gives every dictionary of a schema an id.
 *
 * apache-arrow counts ids per copy of itself, so types that were made by two copies may have the
 * same id and nothing else in common. Types that share an id and the object that describes the
 * values mean one dictionary and keep its id. Any other type with that id gets a new one.
 */
export class DictionaryIdMap {
  readonly #values = new Map<number, DataType>();
  readonly #ids = new Map<DataType, number>();

  /**
   * Assigns the ids.
   *
   * @param fields The fields of the schema.
   */
  constructor(fields: readonly Field[]) {
    const clashes: DataType[] = [];
    this.#collect(fields, clashes);
    let next = 0;
    for (const type of clashes) {
      if (this.#ids.has(type)) continue;
      const { id, dictionary } = anyType(type);
      // Another type of the same origin may have come already.
      const twin = clashes.find((other) =>
        this.#ids.has(other) && anyType(other).id === id &&
        anyType(other).dictionary === dictionary
      );
      while (this.#values.has(next)) next++;
      const fresh = twin === undefined ? next : this.#ids.get(twin)!;
      this.#values.set(fresh, dictionary);
      this.#ids.set(type, fresh);
    }
  }

  /** Returns the id of a dictionary type of the schema. */
  of(type: DataType): number {
    return this.#ids.get(type) ?? anyType(type).id;
  }

  #collect(fields: readonly Field[], clashes: DataType[]): void {
    for (const { type } of fields) {
      const { typeId, id, dictionary, children } = anyType(type);
      if (typeId === TYPE_ID.dictionary) {
        const known = this.#values.get(id);
        if (known === undefined) this.#values.set(id, dictionary);
        else if (known !== dictionary) clashes.push(type);
      }
      // The children of a dictionary type are those of its values.
      this.#collect(children ?? [], clashes);
    }
  }
}
