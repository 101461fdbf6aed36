/** The memory that a socket reads into. */

/** The size of a write to a socket, for the same reasons: see socket_writer.ts. */
const BUFFER_BYTES: number = 512 * 1024;

/**
 * Size of the part of the common buffer that is read between data that has a place: the next header,
 * and as little as possible of the data behind it, but enough that a message gets all of its memory.
 */
const BETWEEN_BYTES: number = 144 * 1024;

/** Receives the bytes of a socket. */
export interface SocketSink {
  /** Takes a chunk. It must copy bytes that it keeps. */
  onChunk(chunk: Uint8Array): void;
  /** Finds the final place of the next bytes; undefined if they must come as a chunk. */
  place(): Uint8Array | undefined;
  /** Takes bytes that have come to the memory that `place` returned. */
  onPlaced(memory: Uint8Array, bytes: number): void;
}

let buffer: Uint8Array | undefined;
let between: Uint8Array | undefined;

/** Chooses the memory of each read of a socket. */
export class SocketInput {
  sink: SocketSink | undefined;
  readonly #buffer: Uint8Array = buffer ??= new Uint8Array(BUFFER_BYTES);
  readonly #between: Uint8Array = between ??= buffer!.subarray(
    0,
    BETWEEN_BYTES,
  );
  #memory: Uint8Array | undefined;
  /** True if the last read has filled its part of the common buffer. */
  #isFull = false;

  /** The memory that was chosen last. */
  get memory(): Uint8Array {
    return this.#memory!;
  }

  /** Returns the memory of the next read; undefined if it is that of the last one. */
  next(): Uint8Array | undefined {
    const before = this.#memory;
    this.#memory = this.sink?.place() ?? this.#common(before);
    return this.#memory === before ? undefined : this.#memory;
  }

  #common(before: Uint8Array | undefined): Uint8Array {
    if (before === undefined || before === this.#buffer) return this.#buffer;
    return before === this.#between && this.#isFull
      ? this.#buffer
      : this.#between;
  }

  /** Takes the bytes of a read. */
  read(bytes: number): void {
    const memory = this.#memory!;
    this.#isFull = bytes === memory.length;
    if (memory === this.#buffer || memory === this.#between) {
      this.sink?.onChunk(memory.subarray(0, bytes));
    } else this.sink!.onPlaced(memory, bytes);
  }
}
