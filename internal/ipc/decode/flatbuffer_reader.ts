/**
 * Reads flatbuffers that somebody else wrote: every reference, vtable and vector is checked before
 * it is followed, so reading is verifying.
 */

import { cannotDecode } from "../../arrow/codec_error.ts";
import { metadataText } from "../lossless_text.ts";

/**
 * A flatbuffer. Positions are byte offsets from its start; 0 stands for "absent", which is never the
 * position of anything but the reference to the root.
 */
export class FlatbufferReader {
  /** What is being decoded, for texts. */
  what = "Message";
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #size: number;
  /**
   * How many bytes of strings may still be read. References may share strings, so that a small
   * message could otherwise name gigabytes of them.
   */
  #stringBudget: number;
  /**
   * How many tables may still be opened. Every table takes a reference of four bytes, but a table
   * that is shared brings all it refers to with it each time.
   */
  #tableBudget: number;

  /**
   * Reads nothing yet.
   *
   * @param bytes The flatbuffer; what follows it within `bytes` does no harm.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#size = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, this.#size);
    this.#stringBudget = 2 ** 20 + 16 * this.#size;
    this.#tableBudget = this.#size >> 2;
  }

  /** The length of the flatbuffer, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Throws a FlightError that says what is wrong. */
  fail(problem: string): never {
    throw cannotDecode(this.what, problem);
  }

  /** The position of the root table. */
  root(): number {
    if (this.#size < 8) {
      this.fail(`a header of ${this.#size} bytes is too short`);
    }
    return this.table(0);
  }

  /** The position of the table that the reference at `position` refers to. */
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
   * The position of a slot of a table.
   *
   * @param table A position that `table` gave.
   * @param slot The number of the slot.
   * @param width The bytes of its value, 4 for a reference.
   * @returns 0 when the slot is left out.
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
   * The vector that the reference at `position` refers to.
   *
   * @param width The bytes of an element.
   * @returns The position of its first element; `length` takes it.
   */
  vector(position: number, width: number): number {
    const first = this.#target(position) + 4;
    const length = this.length(first);
    if (first + length * width > this.#size) {
      this.fail(`a vector of ${length} elements does not fit into the header`);
    }
    return first;
  }

  /** The length of a vector that `vector` gave; 0 for an absent one. */
  length(first: number): number {
    return first === 0 ? 0 : this.#view.getUint32(first - 4, true);
  }

  /** The table in a slot, 0 when the slot is left out. */
  tableIn(table: number, slot: number): number {
    const position = this.slot(table, slot, 4);
    return position === 0 ? 0 : this.table(position);
  }

  /** The vector in a slot, 0 when the slot is left out. */
  vectorIn(table: number, slot: number, width: number): number {
    const position = this.slot(table, slot, 4);
    return position === 0 ? 0 : this.vector(position, width);
  }

  /** The string in a slot, `undefined` when the slot is left out. */
  stringIn(table: number, slot: number): string | undefined {
    const first = this.vectorIn(table, slot, 1);
    if (first === 0) return undefined;
    const length = this.length(first);
    this.charge(length);
    return metadataText(this.#bytes.subarray(first, first + length));
  }

  /** Counts bytes that are kept in memory, for texts and what holds them. */
  charge(byteLength: number): void {
    if ((this.#stringBudget -= byteLength) < 0) {
      this.fail("the strings take more than the header could hold");
    }
  }

  /** The byte in a slot. */
  uint8In(table: number, slot: number, otherwise = 0): number {
    const position = this.slot(table, slot, 1);
    return position === 0 ? otherwise : this.#view.getUint8(position);
  }

  /** The boolean in a slot. */
  boolIn(table: number, slot: number): boolean {
    return this.uint8In(table, slot) !== 0;
  }

  /** The 16-bit integer in a slot. */
  int16In(table: number, slot: number, otherwise = 0): number {
    const position = this.slot(table, slot, 2);
    return position === 0 ? otherwise : this.#view.getInt16(position, true);
  }

  /** The 32-bit integer in a slot. */
  int32In(table: number, slot: number, otherwise = 0): number {
    const position = this.slot(table, slot, 4);
    return position === 0 ? otherwise : this.#view.getInt32(position, true);
  }

  /** The 64-bit integer in a slot. */
  int64In(table: number, slot: number): number {
    const position = this.slot(table, slot, 8);
    return position === 0 ? 0 : this.int64(position);
  }

  /** The 32-bit integer at a position that is known to be inside. */
  int32(position: number): number {
    return this.#view.getInt32(position, true);
  }

  /** The 64-bit integer at a position that is known to be inside; it must be a safe one. */
  int64(position: number): number {
    const high = this.#view.getInt32(position + 4, true);
    if (high >= 0x200000 || high < -0x200000) {
      this.fail(
        `the number ${this.#view.getBigInt64(position, true)} is out of range`,
      );
    }
    return high * 2 ** 32 + this.#view.getUint32(position, true);
  }

  /** What the reference at `position` refers to: at least four bytes. */
  #target(position: number): number {
    const target = position + this.#view.getUint32(position, true);
    if (target + 4 > this.#size) {
      this.fail(`the reference at ${position} leads outside the header`);
    }
    return target;
  }
}
