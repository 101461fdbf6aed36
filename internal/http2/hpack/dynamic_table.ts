/** The dynamic table: RFC 7541, sections 2.3.2, 2.3.3 and 4. */

import { type Header, headerBytes } from "./header.ts";

/** Initial number of entries; always a power of two. */
const INITIAL_CAPACITY = 16;

/**
 * A ring of headers that forgets the oldest ones. Nothing is moved when entries
 * come and go, and its memory follows the number of entries, never `maxBytes`.
 */
export class DynamicTable {
  #ring: (Header | undefined)[] = new Array(INITIAL_CAPACITY).fill(undefined);
  /** Slot of the oldest entry. */
  #oldest = 0;
  #length = 0;
  #byteLength = 0;
  #maxBytes: number;
  #version = 0;
  readonly #onEvict: ((header: Header) => void) | undefined;

  /**
   * @param maxBytes The maximum size, as RFC 7541 section 4.1 counts.
   * @param onEvict Called for every evicted entry, the oldest first.
   */
  constructor(maxBytes: number, onEvict?: (header: Header) => void) {
    this.#maxBytes = maxBytes;
    this.#onEvict = onEvict;
  }

  /** Number of entries. */
  get length(): number {
    return this.#length;
  }

  /** Sum of the sizes of the entries. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Maximum of `byteLength`. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Changes with every entry that comes or goes. */
  get version(): number {
    return this.#version;
  }

  /** Returns the entry that was added `age` additions before the newest one. */
  get(age: number): Header | undefined {
    if (age >= this.#length) return undefined;
    const slot = this.#oldest + this.#length - 1 - age;
    return this.#ring[slot & (this.#ring.length - 1)];
  }

  /**
   * Adds an entry and forgets those that no longer fit. One that is larger than
   * the whole table empties it and is not added: RFC 7541, section 4.4.
   *
   * @returns True if the entry was added.
   */
  add(header: Header): boolean {
    const bytes = headerBytes(header);
    if (!this.makeRoom(bytes)) return false;
    if (this.#length === this.#ring.length) this.#grow();
    const slot = this.#oldest + this.#length;
    this.#ring[slot & (this.#ring.length - 1)] = header;
    this.#length++;
    this.#version++;
    this.#byteLength += bytes;
    return true;
  }

  /**
   * Forgets entries until `bytes` more fit, or all of them if they never will.
   *
   * @returns True if they fit.
   */
  makeRoom(bytes: number): boolean {
    this.#evictTo(Math.max(0, this.#maxBytes - bytes));
    return bytes <= this.#maxBytes;
  }

  /** Changes the maximum size: RFC 7541, section 4.3. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evictTo(maxBytes);
  }

  /** Forgets all entries. */
  clear(): void {
    this.#evictTo(0);
  }

  #evictTo(maxBytes: number): void {
    while (this.#byteLength > maxBytes) {
      const header = this.#ring[this.#oldest]!;
      this.#ring[this.#oldest] = undefined;
      this.#oldest = (this.#oldest + 1) & (this.#ring.length - 1);
      this.#length--;
      this.#version++;
      this.#byteLength -= headerBytes(header);
      this.#onEvict?.(header);
    }
  }

  #grow(): void {
    const { length } = this.#ring;
    const ring: (Header | undefined)[] = new Array(2 * length).fill(undefined);
    for (let i = 0; i < length; i++) {
      ring[i] = this.#ring[(this.#oldest + i) & (length - 1)];
    }
    this.#ring = ring;
    this.#oldest = 0;
  }
}
