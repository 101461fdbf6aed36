/**
 * Loops over numbers with the SIMD instructions of WebAssembly, which take a third to a tenth of the
 * time of those in JavaScript, the copy into its memory included. Without WebAssembly there is no
 * kernel, and the callers have loops of their own.
 */

import { KERNEL_MODULE } from "./kernel_wasm.ts";

/** Bytes that are copied to the kernel at a time: a part of a first-level cache. */
const BLOCK_BYTES = 16 * 1024;

/** Bytes that the loops of the kernel take at a time. */
const STEP_BYTES = 64;

/** Fewest numbers for which the kernel is faster than a loop in JavaScript. */
export const MIN_KERNEL_NUMBERS = 256;

/** Type ids below it fit into the tables of the kernel. */
export const KERNEL_TYPE_IDS = 16;

// The layout of the memory, which kernel.wat describes.
const IDS_AT = 16;
const LASTS_AT = 32;
const BLOCK_AT = 128;
const TYPE_IDS_AT = 16_640;

/** Functions of the module; `end` is that of the block. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Returns 1 for a descent among numbers of 32 bits. */
  steps32(end: number): number;
  /** The same for 64 bits. */
  steps64(end: number): number;
  /** Finds the largest numbers of 8 bits. */
  max8(end: number): void;
  /** The same for 16 bits. */
  max16(end: number): void;
  /** The same for 32 bits. */
  max32(end: number): void;
  /** Returns 1 if a sparse union has all type ids. */
  sparse(end: number): number;
  /** Returns 1 if the children of a dense union have all rows. */
  dense(end: number): number;
}

/** Loops over arrays, which must have `MIN_KERNEL_NUMBERS` at least. */
export class SimdKernel {
  readonly #exports: Exports;
  readonly #memory: Uint8Array;
  readonly #largest8: Uint8Array;
  readonly #largest16: Uint16Array;
  readonly #largest32: Uint32Array;
  /** Bytes of the block. */
  #size = 0;

  private constructor(exports: Exports) {
    this.#exports = exports;
    const { buffer } = exports.memory;
    this.#memory = new Uint8Array(buffer);
    this.#largest8 = new Uint8Array(buffer, 0, 16);
    this.#largest16 = new Uint16Array(buffer, 0, 8);
    this.#largest32 = new Uint32Array(buffer, 0, 4);
  }

  /** Makes a kernel; `undefined` if the runtime does not have WebAssembly, or SIMD. */
  static make(): SimdKernel | undefined {
    // A page may forbid WebAssembly, and would report each attempt.
    if ("document" in globalThis) return undefined;
    try {
      const bytes = Uint8Array.from(
        atob(KERNEL_MODULE),
        (c) => c.charCodeAt(0),
      );
      const module = new WebAssembly.Module(bytes);
      const { exports } = new WebAssembly.Instance(module);
      return new SimdKernel(exports as unknown as Exports);
    } catch {
      return undefined;
    }
  }

  /** Reports whether `count + 1` signed numbers are in order. */
  ascends32(numbers: Int32Array, count: number): boolean {
    return this.#ascends(this.#exports.steps32, numbers, count);
  }

  /** The same for 64 bits. */
  ascends64(numbers: BigInt64Array, count: number): boolean {
    return this.#ascends(this.#exports.steps64, numbers, count);
  }

  /** Returns the largest of the first `count` numbers, which it takes as unsigned. */
  largest8(numbers: ArrayBufferView, count: number): number {
    return this.#largest(this.#exports.max8, numbers, count, this.#largest8);
  }

  /** The same for 16 bits. */
  largest16(numbers: ArrayBufferView, count: number): number {
    return this.#largest(this.#exports.max16, numbers, count, this.#largest16);
  }

  /** The same for 32 bits. */
  largest32(numbers: ArrayBufferView, count: number): number {
    return this.#largest(this.#exports.max32, numbers, count, this.#largest32);
  }

  #ascends(
    steps: (end: number) => number,
    numbers: Int32Array | BigInt64Array,
    count: number,
  ): boolean {
    const bytes = bytesOf(numbers);
    const width = numbers.BYTES_PER_ELEMENT;
    const end = width * count;
    let isBad = 0;
    for (let at = 0; at < end; at += this.#size) {
      isBad |= steps(this.#copy(bytes, at, end, width));
    }
    return isBad === 0;
  }

  /** @param lanes The largest numbers so far, in the memory of the kernel. */
  #largest(
    find: (end: number) => void,
    numbers: ArrayBufferView,
    count: number,
    lanes: Uint8Array | Uint16Array | Uint32Array,
  ): number {
    const bytes = bytesOf(numbers);
    const end = lanes.BYTES_PER_ELEMENT * count;
    lanes.fill(0);
    for (let at = 0; at < end; at += this.#size) {
      find(this.#copy(bytes, at, end, 0));
    }
    return Math.max(...lanes);
  }

  /**
   * Reports whether a sparse union has the first `count` type ids.
   *
   * @param lasts For each type id, -1 if the union does not have it.
   */
  hasTypes(typeIds: Int8Array, count: number, lasts: Int32Array): boolean {
    for (let id = 0; id < KERNEL_TYPE_IDS; id++) {
      this.#memory[IDS_AT + id] = lasts[id]! < 0 ? 0 : 255;
    }
    const bytes = bytesOf(typeIds);
    let isGood = 1;
    for (let at = 0; at < count; at += this.#size) {
      isGood &= this.#exports.sparse(this.#copy(bytes, at, count, 0));
    }
    return isGood === 1;
  }

  /**
   * Reports whether the children of a dense union have the first `count` rows.
   *
   * @param lasts For each type id, the last row of its child; -1 if there is none.
   */
  hasRows(
    typeIds: Int8Array,
    offsets: Int32Array,
    count: number,
    lasts: Int32Array,
  ): boolean {
    for (let id = 0; id < KERNEL_TYPE_IDS; id++) {
      for (let byte = 0; byte < 4; byte++) {
        this.#memory[LASTS_AT + 16 * byte + id] = lasts[id]! >> 8 * byte;
      }
    }
    const bytes = bytesOf(offsets);
    const ids = bytesOf(typeIds);
    const end = 4 * count;
    let isGood = 1;
    for (let at = 0; at < end; at += this.#size) {
      const blockEnd = this.#copy(bytes, at, end, 0);
      const rows = this.#size / 4;
      const first = Math.min(at / 4, count - rows);
      this.#memory.set(ids.subarray(first, first + rows), TYPE_IDS_AT);
      isGood &= this.#exports.dense(blockEnd);
    }
    return isGood === 1;
  }

  /**
   * Copies the bytes from `at` on to the block, as many as there is room for, and sets its size. Since
   * the kernel takes whole steps, the last block may begin with bytes that were in the one before.
   *
   * @param end The end of the numbers, of which there are `STEP_BYTES` at least.
   * @param extra Bytes behind the block that the kernel reads too.
   * @returns The end of the block.
   */
  #copy(bytes: Uint8Array, at: number, end: number, extra: number): number {
    const left = end - at & -STEP_BYTES;
    const size = Math.min(BLOCK_BYTES, Math.max(left, STEP_BYTES));
    const start = Math.min(at, end - size);
    this.#memory.set(bytes.subarray(start, start + size + extra), BLOCK_AT);
    this.#size = size;
    return BLOCK_AT + size;
  }
}

/** Views numbers as bytes, so that the loops see one kind of arrays. */
function bytesOf(numbers: ArrayBufferView): Uint8Array {
  const { buffer, byteOffset, byteLength } = numbers;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
