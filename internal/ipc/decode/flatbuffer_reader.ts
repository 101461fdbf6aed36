/**
 * Reads untrusted flatbuffers: every reference, vtable and vector is checked before it is followed,
 * so reading is verifying.
 */

import { cannotDecode } from "../../arrow/codec_error.ts";
import { metadataText } from "../lossless_text.ts";

/**
 * Reader of a flatbuffer. Positions are byte offsets from its start; 0 stands for "absent", because
 * only the reference to the root is there.
 */
export class FlatbufferReader {
  /** Name of the message, for error texts. */
  what = "Message";
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #size: number;
  /**
   * Number of bytes of strings that may still be read. References may share strings, so a small
   * message could otherwise name gigabytes of them.
   */
  #stringBudget: number;
  /**
   * Number of tables that may still be opened. Every table takes a reference of four bytes, but a
   * shared table brings all of its contents each time.
   */
  #tableBudget: number;

  /**
   * Makes a reader, without reading.
   *
   * @param bytes The flatbuffer; bytes that follow it are ignored.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#size = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, this.#size);
    this.#stringBudget = 2 ** 20 + 16 * this.#size;
    this.#tableBudget = this.#size >> 2;
  }

  /** Length of the flatbuffer, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Throws a FlightError that describes the fault. */
  fail(problem: string): never {
    throw cannotDecode(this.what, problem);
  }

  /** Returns the position of the root table. */
  root(): number {
    if (this.#size < 8) {
      this.fail(`a header of ${this.#size} bytes is too short`);
    }
    return this.table(0);
  }

  /** Returns the position of the table to which the reference at `position` refers. */
  table(position: number): number {
    if (--this.#tableBudget < 0) {
      this.fail("it refers to more tables than it could hold");
    }
    const view = this.#view;
    const table = this.#target(position);
    const vtable = table - view.getInt32(table, true);
    if (vtable < 0 || vtable + 4 > this.#size) {
      this.fail(`the vtable at ${vtable} lies outside the header`);
    }
    const vtableSize = view.getUint16(vtable, true);
    if (vtableSize < 4 || vtable + vtableSize > this.#size) {
      this.fail(
        `the vtable at ${vtable} of ${vtableSize} bytes lies outside the header`,
      );
    }
    return table;
  }

  /**
   * Returns the position of a slot of a table.
   *
   * @param table A position that `table` returned.
   * @param slot The number of the slot.
   * @param width The bytes of its value, 4 for a reference.
   * @returns The position; 0 if the slot is absent.
   */
  slot(table: number, slot: number, width: number): number {
    const view = this.#view;
    const vtable = table - view.getInt32(table, true);
    const entry = 4 + 2 * slot;
    if (entry + 2 > view.getUint16(vtable, true)) return 0;
    const offset = view.getUint16(vtable + entry, true);
    if (offset === 0) return 0;
    const position = table + offset;
    if (position + width > this.#size) {
      this.fail(`a value at ${position} lies outside the header`);
    }
    return position;
  }

  /**
   * Returns the vector to which the reference at `position` refers.
   *
   * @param width The bytes of an element.
   * @returns The position of its first element, for use with `length`.
   */
  vector(position: number, width: number): number {
    const first = this.#target(position) + 4;
    const length = this.length(first);
    if (first + length * width > this.#size) {
      this.fail(`a vector of ${length} elements does not fit into the header`);
    }
    return first;
  }

  /** Returns the length of a vector that `vector` returned; 0 for an absent one. */
  length(first: number): number {
    return first === 0 ? 0 : this.#view.getUint32(first - 4, true);
  }

  /** Returns the table in a slot; 0 if the slot is absent. */
  tableIn(table: number, slot: number): number {
    const position = this.slot(table, slot, 4);
    return position === 0 ? 0 : this.table(position);
  }

  /** Returns the vector in a slot; 0 if the slot is absent. */
  vectorIn(table: number, slot: number, width: number): number {
    const position = this.slot(table, slot, 4);
    return position === 0 ? 0 : this.vector(position, width);
  }

  /** Returns the string in a slot; `undefined` if the slot is absent. */
  stringIn(table: number, slot: number): string | undefined {
    const first = this.vectorIn(table, slot, 1);
    if (first === 0) return undefined;
    const length = this.length(first);
    this.charge(length);
    return metadataText(this.#bytes.subarray(first, first + length));
  }

  /** Counts bytes that are kept in memory for strings and their containers. */
  charge(byteLength: number): void {
    if ((this.#stringBudget -= byteLength) < 0) {
      this.fail("the strings take more than the header could hold");
    }
  }

  /** Returns the byte in a slot. */
  uint8In(table: number, slot: number, otherwise = 0): number {
    const position = this.slot(table, slot, 1);
    return position === 0 ? otherwise : this.#view.getUint8(position);
  }

  /** Returns the boolean in a slot. */
  boolIn(table: number, slot: number): boolean {
    return this.uint8In(table, slot) !== 0;
  }

  /** Returns the 16-bit integer in a slot. */
  int16In(table: number, slot: number, otherwise = 0): number {
    const position = this.slot(table, slot, 2);
    return position === 0 ? otherwise : this.#view.getInt16(position, true);
  }

  /** Returns the 32-bit integer in a slot. */
  int32In(table: number, slot: number, otherwise = 0): number {
    const position = this.slot(table, slot, 4);
    return position === 0 ? otherwise : this.#view.getInt32(position, true);
  }

  /** Returns the 64-bit integer in a slot. */
  int64In(table: number, slot: number): number {
    const position = this.slot(table, slot, 8);
    return position === 0 ? 0 : this.int64(position);
  }

  /** Returns the 32-bit integer at a position that is known to be inside. */
  int32(position: number): number {
    return this.#view.getInt32(position, true);
  }

  /** Returns the 64-bit integer at a position that is known to be inside; it must be a safe one. */
  int64(position: number): number {
    const high = this.#view.getInt32(position + 4, true);
    if (high >= 0x200000 || high < -0x200000) {
      this.fail(
        `the number ${this.#view.getBigInt64(position, true)} is out of range`,
      );
    }
    return high * 2 ** 32 + this.#view.getUint32(position, true);
  }

  /** Returns the target of the reference at `position`: at least four bytes. */
  #target(position: number): number {
    const target = position + this.#view.getUint32(position, true);
    if (target + 4 > this.#size) {
      this.fail(`the reference at ${position} leads outside the header`);
    }
    return target;
  }
}
