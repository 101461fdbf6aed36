/** The encoder's view of both tables, by name and value. */

import { DynamicTable } from "./dynamic_table.ts";
import type { Header } from "./header.ts";
import { STATIC_NAMES, STATIC_TABLE } from "./static_table.ts";

/** The entries of one name. Entries are numbered in the order of addition. */
interface DynamicName {
  /** The newest entry. */
  newest: number;
  /** The newest entry of each value. */
  readonly values: Map<string, number>;
}

/** A dynamic table that can be searched. */
export class EncoderTable {
  readonly #table: DynamicTable;
  readonly #names = new Map<string, DynamicName>();
  /** Number of entries that were ever added, and the number of the next one. */
  #added = 0;
  /** Number of the oldest entry. */
  #oldest = 0;

  /** @param maxBytes The maximum size, as RFC 7541 section 4.1 counts. */
  constructor(maxBytes: number) {
    this.#table = new DynamicTable(maxBytes, (header) => this.#forget(header));
  }

  /** Sum of the sizes of the entries. */
  get byteLength(): number {
    return this.#table.byteLength;
  }

  /** Maximum of `byteLength`. */
  get maxBytes(): number {
    return this.#table.maxBytes;
  }

  /** Changes with every entry that comes or goes. */
  get version(): number {
    return this.#table.version;
  }

  /** Returns the index of an entry that equals `header`, or 0. */
  indexOf(header: Header): number {
    const name = header[0];
    const value = header[1];
    const index = STATIC_NAMES.get(name)?.values.get(value);
    if (index !== undefined) return index;
    const entry = this.#names.get(name)?.values.get(value);
    return entry === undefined ? 0 : this.#indexOf(entry);
  }

  /** Returns the index of an entry with this name, or 0. */
  indexOfName(name: string): number {
    const known = STATIC_NAMES.get(name);
    if (known !== undefined) return known.index;
    const dynamic = this.#names.get(name);
    return dynamic === undefined ? 0 : this.#indexOf(dynamic.newest);
  }

  /** Adds an entry, which must fit into the table when that is empty. */
  add(header: Header): void {
    const [name, value] = header;
    // First: this may drop all entries of the name.
    this.#table.add(header);
    const entry = this.#added++;
    const known = this.#names.get(name);
    if (known === undefined) {
      const values = new Map([[value, entry]]);
      this.#names.set(name, { newest: entry, values });
    } else {
      known.newest = entry;
      known.values.set(value, entry);
    }
  }

  /** Changes the maximum size. */
  resize(maxBytes: number): void {
    this.#table.resize(maxBytes);
  }

  /** Forgets all entries. */
  clear(): void {
    this.#table.clear();
  }

  /**
   * Converts a number to an index (RFC 7541, section 2.3.3): the newest entry
   * follows the static table.
   */
  #indexOf(entry: number): number {
    return STATIC_TABLE.length + this.#added - entry;
  }

  #forget([name, value]: Header): void {
    const entry = this.#oldest++;
    const known = this.#names.get(name)!;
    if (known.newest === entry) this.#names.delete(name);
    else if (known.values.get(value) === entry) known.values.delete(value);
  }
}
