/** Memory of received messages: what is given back is kept for later messages. */

import { allocate } from "./allocate.ts";
import { IS_WORKERS } from "./is_workers.ts";

/** Smallest memory that is kept: less is no burden for a garbage collector. */
export const MIN_REUSED_BYTES: number = 16 * 1024;

/** Sizes between two powers of two: a thirty-second of an allocation is surplus, at most. */
const SIZES_PER_DOUBLING = 32;

/** Sizes that are tried: messages of variable lengths differ a little. */
const FITTING_SIZES = 4;

/** Time after which memory is let go that was not needed in the meantime. */
const IDLE_MS = 5000;

const IS_DENO = "Deno" in globalThis;

/**
 * New memory after which young objects are collected, in bytes. With less, more messages would still
 * be in use: those that outlive two collections are found by marking only.
 */
const COLLECTED_BYTES: number = 24 * 1024 * 1024;

/**
 * The rest of the 64 MiB at which V8 collects by itself, and 1 MiB more. The C library has fresh
 * addresses for a buffer of more than 32 MiB, which need not be zeroed.
 */
const FILLER_BYTES: number = 41 * 1024 * 1024;

/** Memory that was made since the last collection. */
let youngBytes = 0;

/** A buffer; older runtimes cannot free it. */
type Filler = ArrayBuffer & { transfer?(byteLength: number): unknown };

/**
 * Fillers that are kept while V8 marks all objects. The limit at which it marks again is little more
 * than all buffers at the end. Without kept ones, the next filler would reach it, and the one after it.
 */
const KEPT_FILLERS = 3;

/** Fillers that are not freed yet. */
const fillers: Filler[] = [];

/** An object of no use, which the next collection of young objects finds. */
let youngObject: WeakRef<object> | undefined;

/**
 * The lender of a buffer. A WeakSet of the lent ones would keep them until a collection of the whole
 * heap.
 */
const LENDER = Symbol("lender");

/** Memory that may have been lent. */
type Lendable = ArrayBufferLike & { [LENDER]?: MessageMemory | undefined };

/**
 * Keeps memory that its user has given back. Taking it again costs nothing, where new memory is
 * zeroed, is paged in by the kernel, and has to be found by the garbage collector later.
 *
 * Only memory that this object has lent is taken back, and only once, so neither a second return
 * nor memory from elsewhere does any harm.
 */
export class MessageMemory {
  readonly #maxBytes: number;
  readonly #idleMs: number;
  /** Kept memory by size; the last one was used last, so it may still be in a cache. */
  readonly #kept = new Map<number, ArrayBufferLike[]>();
  #keptBytes = 0;
  /** Fewest bytes that were kept since the last look. */
  #idleBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param maxBytes Most bytes to keep.
   * @param idleMs Time after which unneeded memory is let go, in milliseconds.
   */
  constructor(maxBytes: number, idleMs: number = IDLE_MS) {
    this.#maxBytes = maxBytes;
    this.#idleMs = idleMs;
  }

  /** Number of bytes that are kept. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /**
   * Lends memory, from its beginning. It is not zeroed: every byte must be written before any is
   * read.
   *
   * @param byteLength Size, in bytes.
   */
  take(byteLength: number): Uint8Array {
    const kept = this.takeKept(byteLength);
    if (kept !== undefined) return kept;
    if (byteLength < MIN_REUSED_BYTES) return allocate(byteLength);
    const size = sizeFor(byteLength);
    countYoung(size);
    const memory = allocate(size);
    (memory.buffer as Lendable)[LENDER] = this;
    return memory.subarray(0, byteLength);
  }

  /** Lends memory as `take` does, but makes none: `undefined` if none of this size is kept. */
  takeKept(byteLength: number): Uint8Array | undefined {
    if (this.#keptBytes === 0 || byteLength < MIN_REUSED_BYTES) {
      return undefined;
    }
    let size = byteLength;
    for (let i = 0; i < FITTING_SIZES; i++) {
      size = sizeFor(size);
      const buffer = this.#kept.get(size)?.pop();
      if (buffer !== undefined) return this.#lend(buffer, byteLength);
      size++;
    }
    return undefined;
  }

  #lend(buffer: ArrayBufferLike, byteLength: number): Uint8Array {
    this.#keptBytes -= buffer.byteLength;
    if (this.#keptBytes < this.#idleBytes) this.#idleBytes = this.#keptBytes;
    (buffer as Lendable)[LENDER] = this;
    return new Uint8Array(buffer, 0, byteLength);
  }

  /** Reports whether a part of the memory was lent, and may be given back at any time. */
  isLent({ buffer }: Uint8Array): boolean {
    return (buffer as Lendable)[LENDER] === this;
  }

  /**
   * Notes that memory has moved to another ArrayBuffer, as what a stream reads into does.
   *
   * @param from Any part of it as it was. Memory that was not lent is ignored.
   * @param to Where it is now.
   */
  moved({ buffer }: Uint8Array, to: ArrayBufferLike): void {
    if (this.#isBack(buffer)) (to as Lendable)[LENDER] = this;
  }

  /**
   * Takes memory back that was lent. Nothing may use it from now on.
   *
   * @param part Any part of it. Other memory is ignored.
   */
  giveBack({ buffer }: Uint8Array): void {
    if (!this.#isBack(buffer)) return;
    const size = buffer.byteLength;
    if (size === 0 || size > this.#maxBytes) return;
    const kept = this.#kept.get(size) ?? [];
    const excess = this.#keptBytes + size - this.#maxBytes;
    if (excess > 0) {
      // Memory of sizes that came before must not keep later messages of other sizes from any.
      this.#kept.delete(size);
      this.#letGo(excess);
    }
    if (this.#keptBytes + size <= this.#maxBytes) {
      kept.push(buffer);
      this.#keptBytes += size;
    }
    if (kept.length > 0) this.#kept.set(size, kept);
    if (this.#timer === undefined) this.#watch();
  }

  /**
   * Makes memory that was lent unusable: all views of it become empty. It is not kept.
   *
   * @param part Any part of it. Other memory is ignored, and so are old runtimes, which cannot do
   * it.
   */
  revoke({ buffer }: Uint8Array): void {
    if (!this.#isBack(buffer)) return;
    (buffer as { transfer?(byteLength: number): unknown }).transfer?.(0);
  }

  /** Reports whether memory was lent, and ends that. */
  #isBack(buffer: Lendable): boolean {
    if (buffer[LENDER] !== this) return false;
    buffer[LENDER] = undefined;
    return true;
  }

  /** Lets memory go that was not needed for some time, until none is left. */
  #watch(): void {
    this.#idleBytes = this.#keptBytes;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#letGo(this.#idleBytes);
      if (this.#keptBytes > 0) this.#watch();
    }, this.#idleMs);
    // A process with nothing else to do may end.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #letGo(bytes: number): void {
    for (const [size, kept] of this.#kept) {
      while (bytes > 0 && kept.length > 0) {
        kept.shift();
        bytes -= size;
        this.#keptBytes -= size;
      }
      if (kept.length === 0) this.#kept.delete(size);
    }
    this.#idleBytes = Math.min(this.#idleBytes, this.#keptBytes);
  }
}

/**
 * Counts memory that is about to be made, and has V8 collect young objects after some of it, on Deno.
 *
 * By itself V8 does so only when their buffers have 64 MiB. Often all buffers together have reached
 * its limit by then, and it marks all objects, which takes a hundred times as long to find the same
 * dead messages.
 */
function countYoung(bytes: number): void {
  if (!IS_DENO) return;
  youngBytes += bytes;
  if (youngBytes < COLLECTED_BYTES) return;
  youngBytes = 0;
  try {
    freeFiller();
    // It is never written, so it takes addresses but no memory.
    fillers.push(new ArrayBuffer(FILLER_BYTES));
    // V8 looks at the bytes of young buffers before it makes another one.
    new ArrayBuffer(1);
    if (youngObject?.deref() === undefined) {
      while (fillers.length > 0) freeFiller();
    } else {
      // V8 collects no young objects while it marks.
      while (fillers.length < KEPT_FILLERS) {
        fillers.push(new ArrayBuffer(FILLER_BYTES));
      }
    }
  } catch {
    // So many addresses are not free: V8 will collect by itself.
    while (fillers.length > 0) freeFiller();
  }
  youngObject = new WeakRef({});
}

/** Frees the filler that was made first, if there is one. */
function freeFiller(): void {
  fillers.shift()?.transfer?.(0);
}

/** Rounds up to one of few sizes, so that memory fits messages of about the same size. */
function sizeFor(byteLength: number): number {
  const step = 2 ** (31 - Math.clz32(byteLength - 1)) / SIZES_PER_DOUBLING;
  return Math.ceil(byteLength / step) * step;
}

/**
 * Most bytes of memory that a process keeps for later messages. Workers have 128 MiB in all, and no
 * timer that could let it go.
 */
const MAX_KEPT_BYTES: number = IS_WORKERS ? 0 : 64 * 1024 * 1024;

/** The memory of all messages of this process. */
export const messageMemory: MessageMemory = new MessageMemory(MAX_KEPT_BYTES);
