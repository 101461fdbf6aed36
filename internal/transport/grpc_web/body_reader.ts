/** Reads the body of a request or of an answer, into memory of the caller where that is cheaper. */

import { freeChunk } from "../../base/allocate.ts";
import { IS_WORKERS } from "../../base/is_workers.ts";

/** Size of the memory for chunks that have no final place yet: Deno has 64 KiB at most. */
const SCRATCH_BYTES = 64 * 1024;

/** Fewest bytes of a message that are worth a read to their final place: a shorter rest is copied. */
export const MIN_PLACED_BYTES: number = 16 * 1024;

/**
 * True where a reader that brings its own memory is cheaper: others get new memory for each chunk, up to
 * 64 KiB in Deno and 2 MiB in Chromium, which costs more than receiving it. In Node.js that makes no
 * difference. Bun and WebKit have no such streams.
 */
const BRINGS_MEMORY = "Deno" in globalThis || "document" in globalThis ||
  // A worker of a page. Cloudflare's are of another kind.
  ("WorkerGlobalScope" in globalThis && !IS_WORKERS);

/** Reads a stream, chunk by chunk. */
export class BodyReader {
  readonly #plain: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #byob: ReadableStreamBYOBReader | undefined;
  readonly #ownsChunks: boolean;
  #scratch: Uint8Array | undefined;
  /** The last chunk, if it is freed by the next read. */
  #last: Uint8Array | undefined;

  /**
   * @param body The stream; it is locked.
   * @param ownsChunks True if nothing else can use the memory of the chunks. Each is then freed by the next
   * read.
   */
  constructor(body: ReadableStream<Uint8Array>, ownsChunks = false) {
    this.#ownsChunks = ownsChunks;
    this.#byob = byobReaderOf(body);
    this.#plain = this.#byob === undefined
      ? body.getReader() as ReadableStreamDefaultReader<Uint8Array>
      : undefined;
  }

  /** True if chunks can be read into memory of the caller. */
  get takesMemory(): boolean {
    return this.#byob !== undefined;
  }

  /**
   * Reads a chunk. The next read may overwrite or free it.
   *
   * @param place Where to read it to, if the reader takes memory. The memory moves to the ArrayBuffer of
   * the result, and that of `place` has none any more.
   * @returns The chunk; `undefined` at the end.
   */
  async read(place?: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#byob === undefined) {
      if (this.#last !== undefined) freeChunk(this.#last);
      const { value } = await this.#plain!.read();
      if (this.#ownsChunks) this.#last = value;
      return value;
    }
    const memory = place ?? this.#scratch ?? new Uint8Array(SCRATCH_BYTES);
    this.#scratch = undefined;
    const { done, value } = await this.#byob.read(
      memory as Uint8Array<ArrayBuffer>,
    );
    if (done || value === undefined) return undefined;
    if (place === undefined) this.#scratch = new Uint8Array(value.buffer);
    return value;
  }

  /** Drops the rest of the stream. */
  cancel(reason?: unknown): Promise<void> {
    return (this.#byob ?? this.#plain!).cancel(reason);
  }
}

/** A reader with memory of its own, where it is cheaper and the stream has one. */
function byobReaderOf(
  body: ReadableStream<Uint8Array>,
): ReadableStreamBYOBReader | undefined {
  if (!BRINGS_MEMORY) return undefined;
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    // A stream of objects, such as one of a handler in the same process.
    return undefined;
  }
}
