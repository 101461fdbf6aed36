/**
 * LZ4 blocks by WebAssembly, two to three times as fast as by JavaScript.
 *
 * It works in a memory of its own: buffers are copied into it and out of it, which costs a tenth of
 * the work. The memory stays, so larger buffers are left to JavaScript, and so is everything where a
 * page forbids WebAssembly.
 */

import { LZ4_MODULE } from "./block_wasm.ts";

/** Largest buffer, before or after compression, in bytes. */
export const MAX_WASM_BYTES = 4 * 1024 * 1024;

/** Position of the input: the encoder wants to have it far from the beginning. */
const INPUT = 128 * 1024;
/** Room after the input and the output, into which copies may reach. */
const ROOM_BYTES = 64;
const PAGE_BYTES = 64 * 1024;

/** Exports of block.wat. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  encode(start: number, end: number, out: number, limit: number): number;
  decode(
    at: number,
    end: number,
    out: number,
    limit: number,
    first: number,
  ): number;
}

/** LZ4 blocks of one buffer after the other. */
export class WasmBlocks {
  readonly #exports: Exports;
  #bytes: Uint8Array;
  #output = 0;
  #limit = 0;

  /**
   * @throws {Error} When the runtime has no WebAssembly with vectors, or does not allow it.
   */
  constructor() {
    const module = Uint8Array.from(
      atob(LZ4_MODULE),
      (character) => character.charCodeAt(0),
    );
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module));
    this.#exports = instance.exports as unknown as Exports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
  }

  /**
   * Takes the input of the calls that follow, in which positions count from its beginning.
   *
   * @param input The input.
   * @param outputBytes Most bytes of the output.
   */
  begin(input: Uint8Array, outputBytes: number): void {
    this.#output = INPUT + aligned(input.byteLength + ROOM_BYTES);
    this.#limit = this.#output + outputBytes;
    const missing = this.#limit + ROOM_BYTES - this.#bytes.byteLength;
    if (missing > 0) {
      this.#exports.memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    }
    this.#bytes.set(input, INPUT);
  }

  /**
   * Encodes the whole input as one block.
   *
   * @returns Its length; -1 if it is longer than the output may be.
   */
  encode(inputBytes: number): number {
    const end = this.#exports.encode(
      INPUT,
      INPUT + inputBytes,
      this.#output,
      this.#limit,
    );
    return end < 0 ? -1 : end - this.#output;
  }

  /**
   * Decodes a block of the input, from `start` to `end`.
   *
   * @param out The position in the output.
   * @param first The first byte of the output to which the block may refer.
   * @returns The position in the output at which it ends; -1 if it is malformed.
   */
  decode(start: number, end: number, out: number, first: number): number {
    const stop = this.#exports.decode(
      INPUT + start,
      INPUT + end,
      this.#output + out,
      this.#limit,
      this.#output + first,
    );
    return stop < 0 ? -1 : stop - this.#output;
  }

  /** Copies a part of the input to a position in the output. */
  store(start: number, end: number, out: number): void {
    this.#bytes.copyWithin(this.#output + out, INPUT + start, INPUT + end);
  }

  /** Returns the beginning of the output, which the next call of `begin` overwrites. */
  output(byteLength: number): Uint8Array {
    return this.#bytes.subarray(this.#output, this.#output + byteLength);
  }
}

let blocks: WasmBlocks | null | undefined;

/** Returns the blocks; `undefined` where they cannot be had. */
export function wasmBlocks(): WasmBlocks | undefined {
  if (blocks === undefined) {
    try {
      blocks = new WasmBlocks();
    } catch {
      blocks = null;
    }
  }
  return blocks ?? undefined;
}

function aligned(length: number): number {
  return Math.ceil(length / 16) * 16;
}
