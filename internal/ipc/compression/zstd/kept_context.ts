/**
 * A context of Zstandard that is kept: to make one for each buffer, as the functions for a whole
 * frame do, takes as long as to restore a small one.
 *
 * `node:zlib` has no public way to write to a given place. Its streams have always had this one,
 * on which packages such as minizlib rely. This code does not: where anything is not as expected,
 * its caller takes the functions for a whole frame.
 */

import type { ZstdStream } from "./library.ts";

/** Largest buffer for a kept context, before or after compression, in bytes. */
export const MAX_KEPT_BYTES: number = 4 * 1024 * 1024;

/** `ZSTD_e_end` of the library. */
const END_OF_FRAME = 2;

/** Value of a count that was not written. */
const UNKNOWN = 0xffff_ffff;

/** One kept context, which processes one whole frame after the other. */
export class KeptContext {
  readonly #make: () => ZstdStream;
  #stream: ZstdStream | undefined;
  #failed = false;
  /** True if the runtime has no such streams. */
  #isMissing = false;

  /**
   * @param make Makes the stream of the runtime, when it is needed.
   */
  constructor(make: () => ZstdStream) {
    this.#make = make;
  }

  /**
   * Processes all of `source` as one frame.
   *
   * @returns Number of bytes that were written to `target`; `undefined` if that did not succeed.
   * Then parts of `target` may have been written.
   */
  run(source: Uint8Array, target: Uint8Array): number | undefined {
    if (this.#isMissing) return undefined;
    try {
      const written = this.#run(source, target);
      // In the middle of a frame it is of no use.
      if (written === undefined) this.close();
      return written;
    } catch {
      this.close();
      this.#isMissing = true;
      return undefined;
    }
  }

  #run(source: Uint8Array, target: Uint8Array): number | undefined {
    const { _handle, _writeState } = this.#stream ??= this.#open();
    const size = target.byteLength;
    _writeState.fill(UNKNOWN);
    _handle.writeSync(
      END_OF_FRAME,
      source,
      0,
      source.byteLength,
      target,
      0,
      size,
    );
    const targetLeft = _writeState[0]!;
    return this.#failed || _writeState[1] !== 0 || targetLeft > size
      ? undefined
      : size - targetLeft;
  }

  #open(): ZstdStream {
    const stream = this.#make();
    this.#failed = false;
    const fail = (): void => {
      this.#failed = true;
    };
    stream._handle.onerror = fail;
    return stream;
  }

  /** Frees the memory; the next frame gets a new context. */
  close(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    try {
      stream?.close();
    } catch {
      // It is no longer used anyway.
    }
  }
}
