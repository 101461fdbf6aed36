/**
 * Loops over numbers with the SIMD instructions of WebAssembly, which take a third of the time of those
 * in JavaScript, the copy into its memory included. Without WebAssembly there is no kernel, and the
 * callers have loops of their own.
 */

/** Bytes that are copied to the kernel at a time: half of a first-level cache. */
const BLOCK_BYTES = 16 * 1024;

/** Fewest numbers for which the kernel is faster than a loop in JavaScript. */
export const MIN_KERNEL_NUMBERS = 256;

/** Functions of the module; each returns 0 when it finds no fault. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Finds descents and negative ones among `count + 1` numbers of 32 bits. */
  steps32(count: number): number;
  /** The same for 64 bits. */
  steps64(count: number): number;
  /** Finds numbers of 32 bits below 0 and above `last`. */
  within32(count: number, last: number): number;
}

/** Loops over arrays of any length. */
export class SimdKernel {
  readonly #exports: Exports;
  readonly #memory32: Int32Array;
  readonly #memory64: BigInt64Array;

  private constructor(exports: Exports) {
    this.#exports = exports;
    this.#memory32 = new Int32Array(exports.memory.buffer);
    this.#memory64 = new BigInt64Array(exports.memory.buffer);
  }

  /** Makes a kernel; `undefined` if the runtime does not have WebAssembly, or SIMD. */
  static make(): SimdKernel | undefined {
    // A page may forbid WebAssembly, and would report each attempt.
    if ("document" in globalThis) return undefined;
    try {
      const bytes = Uint8Array.from(atob(MODULE), (c) => c.charCodeAt(0));
      const module = new WebAssembly.Module(bytes);
      const { exports } = new WebAssembly.Instance(module);
      return new SimdKernel(exports as unknown as Exports);
    } catch {
      return undefined;
    }
  }

  /** Reports whether `count + 1` numbers are in order and not negative, but for the first. */
  ascends32(numbers: Int32Array, count: number): boolean {
    const step = BLOCK_BYTES / 4;
    let faults = 0;
    for (let at = 0; at < count; at += step) {
      const part = Math.min(step, count - at);
      this.#memory32.set(numbers.subarray(at, at + part + 1));
      faults |= this.#exports.steps32(part);
    }
    return faults === 0;
  }

  /** The same for 64 bits. */
  ascends64(numbers: BigInt64Array, count: number): boolean {
    const step = BLOCK_BYTES / 8;
    let faults = 0;
    for (let at = 0; at < count; at += step) {
      const part = Math.min(step, count - at);
      this.#memory64.set(numbers.subarray(at, at + part + 1));
      faults |= this.#exports.steps64(part);
    }
    return faults === 0;
  }

  /** Reports whether the first `count` numbers are between 0 and `last`. */
  isWithin32(numbers: Int32Array, count: number, last: number): boolean {
    const step = BLOCK_BYTES / 4;
    let faults = 0;
    for (let at = 0; at < count; at += step) {
      const part = Math.min(step, count - at);
      this.#memory32.set(numbers.subarray(at, at + part));
      faults |= this.#exports.within32(part, last);
    }
    return faults === 0;
  }
}

/**
 * The module, whose functions are alike. Here is one in full, for 32 bits, where `step` is what
 * differs: `x[i + 1] | x[i + 1] - x[i]` or `x[i] | last - x[i]`. Its sign shows a fault.
 *
 *     (func (export "steps32") (param $count i32) (result i32)
 *       (local $at i32) (local $end i32) (local $s v128) (local $t v128) (local $r i32)
 *       (local.set $end (i32.shl (i32.and (local.get $count) (i32.const -8)) (i32.const 2)))
 *       (block $done (loop $next
 *         (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
 *         (local.set $s (v128.or (local.get $s) (step of the four numbers at $at)))
 *         (local.set $t (v128.or (local.get $t) (step of the four numbers at $at + 16)))
 *         (local.set $at (i32.add (local.get $at) (i32.const 32)))
 *         (br $next)))
 *       (local.set $r (i32.sub (i32.const 0)
 *         (i32x4.bitmask (v128.or (local.get $s) (local.get $t)))))
 *       (local.set $end (i32.shl (local.get $count) (i32.const 2)))
 *       (block $done (loop $next
 *         (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
 *         (local.set $r (i32.or (local.get $r) (step of the number at $at)))
 *         (local.set $at (i32.add (local.get $at) (i32.const 4)))
 *         (br $next)))
 *       (i32.lt_s (local.get $r) (i32.const 0)))
 */
const MODULE =
  "AGFzbQEAAAABDAJgAX8Bf2ACf38BfwMEAwAAAQUDAQABBykEBm1lbW9yeQIAB3N0" +
  "ZXBzMzIAAAdzdGVwczY0AAEId2l0aGluMzIAAgr7AwOoAQMCfwR7AX8gAEF4cUEC" +
  "dCECAkADQCABIAJPDQEgAf0ABAQhAyAB/QAEFCEEIAUgAyADIAH9AAQA/bEB/VD9" +
  "UCEFIAYgBCAEIAH9AAQQ/bEB/VD9UCEGIAFBIGohAQwACwtBACAFIAb9UP2kAWsh" +
  "ByAAQQJ0IQICQANAIAEgAk8NASAHIAEoAgQgASgCBCABKAIAa3JyIQcgAUEEaiEB" +
  "DAALCyAHQQBIC6kBAwJ/BHsBfiAAQXxxQQN0IQICQANAIAEgAk8NASAB/QAECCED" +
  "IAH9AAQYIQQgBSADIAMgAf0ABAD90QH9UP1QIQUgBiAEIAQgAf0ABBD90QH9UP1Q" +
  "IQYgAUEgaiEBDAALC0EAIAUgBv1Q/cQBa6whByAAQQN0IQICQANAIAEgAk8NASAH" +
  "IAEpAwggASkDCCABKQMAfYSEIQcgAUEIaiEBDAALCyAHQgBTC6MBAwJ/BXsBfyAB" +
  "/REhCCAAQXhxQQJ0IQMCQANAIAIgA08NASAC/QAEACEEIAL9AAQQIQUgBiAEIAgg" +
  "BP2xAf1Q/VAhBiAHIAUgCCAF/bEB/VD9UCEHIAJBIGohAgwACwtBACAGIAf9UP2k" +
  "AWshCSAAQQJ0IQMCQANAIAIgA08NASAJIAIoAgAgASACKAIAa3JyIQkgAkEEaiEC" +
  "DAALCyAJQQBICw==";
