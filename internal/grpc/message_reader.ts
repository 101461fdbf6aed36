/** Reads messages from DATA: "Length-Prefixed-Message" of gRPC over HTTP/2. */

import { concatBytes, EMPTY_BYTES } from "../base/bytes.ts";
import { messageMemory } from "../base/message_memory.ts";
import type { FindBody } from "../seam/transport.ts";
import { ByteQueue } from "./byte_queue.ts";

/** Size of the prefix of a message: a flag, and the length. */
export const PREFIX_BYTES = 5;

/**
 * Least memory of a message once its first byte has arrived, in bytes. It gets
 * at most a multiple of the bytes that have arrived, or the size of the message
 * before it: a length that a peer only promises takes no memory.
 */
const MIN_ALLOCATION_BYTES = 1024;
const MAX_GROWTH = 16;

/** Size of a cache line, as Arrow recommends. */
const ALIGNMENT = 64;

/** Size of the part of a message that is searched for its body, in bytes. */
const HEAD_BYTES = 4096;

/**
 * Most messages that may wait as such. Beyond that, bytes are kept as they
 * came: an empty message has 5 bytes on the wire, but ten times as many in
 * memory.
 */
const MAX_QUEUED = 256;

/**
 * Sizes of messages that are expected to repeat, in bytes. Smaller ones are better read several at a
 * time, and larger ones need no guess.
 */
const MIN_REGULAR_BYTES: number = 48 * 1024;
const MAX_REGULAR_BYTES: number = 256 * 1024;

/** Fault of a message. */
export type MessageProblem =
  | { readonly kind: "too large"; readonly byteLength: number }
  | { readonly kind: "bad flag"; readonly flag: number }
  | { readonly kind: "cut short" };

/** Message as it was received. */
export interface ReceivedMessage {
  /** Its bytes, in a buffer of their own, which `messageMemory` has lent if it is large. */
  readonly bytes: Uint8Array;
  /** True if it is compressed. */
  readonly isCompressed: boolean;
  /** Credit to give when it is read, in bytes. */
  readonly credit: number;
}

/**
 * Assembles the messages of one stream. Every byte is copied once, to its final
 * place, such that the body is aligned in its buffer.
 */
export class MessageReader {
  readonly #maxMessageBytes: number;
  readonly #credit: (bytes: number) => void;
  readonly #findBody: FindBody | undefined;
  readonly #queue: ReceivedMessage[] = [];
  readonly #stash = new ByteQueue();
  readonly #prefix = new Uint8Array(PREFIX_BYTES);
  #prefixBytes = 0;
  /** Buffer of the message that is arriving, and position of its prefix. */
  #buffer: Uint8Array | undefined;
  #start = 0;
  /** Length of that buffer when a part of it was last placed. */
  #size = 0;
  /**
   * Length of that message with its prefix, and number of bytes that have
   * arrived.
   */
  #wanted = 0;
  #filled = 0;
  /** The same length of the last complete message, and the position of its prefix. */
  #lastBytes = 0;
  #lastStart = 0;
  #isRegular = false;
  /** Number of its bytes that have arrived without credit. */
  #uncredited = 0;
  #isWaiting = false;
  #isAtEnd = false;
  #problem: MessageProblem | undefined;

  /**
   * @param maxMessageBytes Largest message that is accepted.
   * @param credit Gives credit for bytes that were read, or that a reader waits
   * for.
   * @param findBody Finds the part to align.
   */
  constructor(
    maxMessageBytes: number,
    credit: (bytes: number) => void,
    findBody?: FindBody,
  ) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#credit = credit;
    this.#findBody = findBody;
  }

  /** Fault that ended the reading, after all messages before it are read. */
  get problem(): MessageProblem | undefined {
    return this.#problem;
  }

  /** Takes a part of the data. */
  push(chunk: Uint8Array, start: number, end: number): void {
    if (this.#problem) return this.#credit(end - start);
    this.#uncredited += end - start;
    if (this.#queue.length >= MAX_QUEUED || this.#stash.byteLength > 0) {
      this.#stash.push(chunk, start, end);
    } else this.#parse(chunk, start, end);
    if (this.#isWaiting) this.#creditAll();
  }

  /**
   * Returns the final place of the next bytes of the data, so that a socket can read into it. `placed`
   * must be called before anything else is pushed.
   *
   * @param bytes Most bytes to place.
   * @returns A part of the message that is arriving; `undefined` if the bytes must be pushed: before
   * the first bytes of a message, or when many wait.
   */
  place(bytes: number): Uint8Array | undefined {
    let buffer = this.#buffer;
    if (buffer === undefined || this.#problem || this.#stash.byteLength > 0) {
      return undefined;
    }
    if (this.#start + this.#filled === buffer.length) {
      buffer = this.#grow(buffer, EMPTY_BYTES);
    }
    const at = this.#start + this.#filled;
    const left = this.#wanted - this.#filled;
    this.#size = buffer.length;
    return buffer.subarray(at, at + Math.min(bytes, left));
  }

  /**
   * Takes bytes that were written to the memory that `place` returned.
   *
   * @param bytes Their number, from its beginning on.
   * @param moved The ArrayBuffer to which that memory has moved, if it has.
   */
  placed(bytes: number, moved?: ArrayBufferLike): void {
    // Everything was dropped in the meantime.
    if (this.#buffer === undefined) return;
    if (moved !== undefined) {
      messageMemory.moved(this.#buffer, moved);
      this.#buffer = new Uint8Array(moved, 0, this.#size);
    }
    this.#uncredited += bytes;
    this.#filled += bytes;
    if (this.#filled === this.#wanted) this.#complete();
    if (this.#isWaiting) this.#creditAll();
  }

  /** True if the last two messages had the same size, and the next one probably has it too. */
  get isRegular(): boolean {
    return this.#isRegular && this.#problem === undefined &&
      this.#stash.byteLength === 0 && this.#queue.length < MAX_QUEUED;
  }

  /**
   * Makes a place for the next message and the bytes before it, as if it were like the last one.
   *
   * @param before Number of bytes before its prefix.
   * @param spare Memory of an earlier call, of any reader, that was not taken.
   * @returns Memory for both, or undefined if no such message is expected.
   */
  placeNext(
    before: number,
    spare: Uint8Array | undefined,
  ): Uint8Array | undefined {
    if (!this.isRegular || this.#prefixBytes > 0) return undefined;
    const bytes = before + this.#lastBytes;
    let start = this.#lastStart;
    while (start < before) start += ALIGNMENT;
    const at = start - before;
    if (spare?.length === bytes && spare.byteOffset === at) return spare;
    return messageMemory.take(at + bytes).subarray(at);
  }

  /**
   * Takes the memory that `placeNext` has made, if the message in it is as expected. Nothing is copied.
   *
   * @param memory The memory.
   * @param start Position of the first byte of the data.
   * @param end Position after the last byte that has come so far.
   * @returns False if it is another one, which must be pushed.
   */
  takeNext(memory: Uint8Array, start: number, end: number): boolean {
    const wanted = memory.length - start;
    if (
      !this.isRegular || this.#prefixBytes > 0 ||
      end - start < PREFIX_BYTES || wanted !== this.#lastBytes ||
      memory[start]! > 1 || PREFIX_BYTES + lengthIn(memory, start) !== wanted
    ) return false;
    this.#prefixBytes = PREFIX_BYTES;
    this.#wanted = wanted;
    this.#start = memory.byteOffset + start;
    this.#buffer = new Uint8Array(
      memory.buffer,
      0,
      memory.byteOffset + memory.length,
    );
    this.#filled = end - start;
    this.#uncredited += this.#filled;
    if (this.#filled === wanted) this.#complete();
    if (this.#isWaiting) this.#creditAll();
    return true;
  }

  /** Ends the data: an incomplete message is a fault. */
  end(): void {
    this.#isAtEnd = true;
    this.#checkEnd();
  }

  /**
   * Takes the next message. If there is none, the bytes of the arriving message
   * are credited at once, because a reader waits for it.
   */
  take(): ReceivedMessage | undefined {
    const message = this.#queue.shift();
    this.#isWaiting = message === undefined;
    if (message) {
      this.#credit(message.credit);
      if (this.#stash.byteLength > 0 && this.#queue.length === 0) {
        this.#unstash();
      }
    } else this.#creditAll();
    return message;
  }

  /** Drops all data. Nothing may be pushed afterwards. */
  clear(): void {
    for (const { bytes } of this.#queue) messageMemory.giveBack(bytes);
    this.#queue.length = 0;
    this.#stash.clear();
    // Not given back: a socket may be reading into it.
    this.#buffer = undefined;
    this.#problem = undefined;
  }

  #creditAll(): void {
    const bytes = this.#uncredited;
    this.#uncredited = 0;
    if (bytes > 0) this.#credit(bytes);
  }

  #unstash(): void {
    while (this.#queue.length < MAX_QUEUED && !this.#problem) {
      const block = this.#stash.shift();
      if (block === undefined) break;
      this.#parse(block, 0, block.length);
    }
    this.#checkEnd();
  }

  #checkEnd(): void {
    if (
      this.#isAtEnd && this.#prefixBytes > 0 && this.#stash.byteLength === 0
    ) this.#problem ??= { kind: "cut short" };
  }

  #parse(chunk: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && !this.#problem) {
      at = this.#prefixBytes < PREFIX_BYTES
        ? this.#readPrefix(chunk, at, end)
        : this.#readBody(chunk, at, end);
    }
  }

  #readPrefix(chunk: Uint8Array, at: number, end: number): number {
    while (at < end && this.#prefixBytes < PREFIX_BYTES) {
      this.#prefix[this.#prefixBytes++] = chunk[at++]!;
    }
    if (this.#prefixBytes < PREFIX_BYTES) return at;
    const flag = this.#prefix[0]!;
    const byteLength = lengthIn(this.#prefix, 0);
    if (flag > 1) this.#problem = { kind: "bad flag", flag };
    else if (byteLength > this.#maxMessageBytes) {
      this.#problem = { kind: "too large", byteLength };
    } else {
      this.#wanted = PREFIX_BYTES + byteLength;
      this.#filled = PREFIX_BYTES;
      if (byteLength === 0) {
        this.#buffer = this.#prefix.slice();
        this.#complete();
      }
    }
    return at;
  }

  #readBody(chunk: Uint8Array, at: number, end: number): number {
    const stop = Math.min(end, at + this.#wanted - this.#filled);
    const part = at === 0 && stop === chunk.length
      ? chunk
      : chunk.subarray(at, stop);
    const filled = this.#filled + part.length;
    let buffer = this.#buffer;
    if (buffer === undefined || buffer.length - this.#start < filled) {
      buffer = this.#grow(buffer, part);
    }
    buffer.set(part, this.#start + this.#filled);
    this.#filled = filled;
    if (filled === this.#wanted) this.#complete();
    return stop;
  }

  /** Makes space for `part`. */
  #grow(before: Uint8Array | undefined, part: Uint8Array): Uint8Array {
    const present = before
      ? before.subarray(this.#start, this.#start + this.#filled)
      : this.#prefix;
    const start = this.#startFor(present, part);
    // Kept memory costs nothing more, however much is promised.
    let buffer = messageMemory.takeKept(start + this.#wanted);
    if (buffer === undefined) {
      const size = Math.min(
        this.#wanted,
        Math.max(
          MIN_ALLOCATION_BYTES,
          (this.#filled + part.length) * MAX_GROWTH,
          // A peer that has sent as much before will do so again.
          this.#lastBytes,
        ),
      );
      buffer = messageMemory.take(start + size);
    }
    buffer.set(present, start);
    if (before) messageMemory.giveBack(before);
    this.#start = start;
    this.#buffer = buffer;
    return buffer;
  }

  /** Places the prefix such that the body is aligned. */
  #startFor(present: Uint8Array, part: Uint8Array): number {
    let head = part;
    if (present.length > PREFIX_BYTES) {
      head = concatBytes([
        present.subarray(PREFIX_BYTES, HEAD_BYTES),
        part.subarray(0, HEAD_BYTES),
      ]);
    }
    const body = this.#findBody?.(head);
    return body === undefined ? 0 : -(PREFIX_BYTES + body) & (ALIGNMENT - 1);
  }

  #complete(): void {
    const buffer = this.#buffer!;
    const start = this.#start;
    const wanted = this.#wanted;
    this.#isRegular = wanted === this.#lastBytes &&
      wanted >= MIN_REGULAR_BYTES && wanted <= MAX_REGULAR_BYTES;
    this.#lastBytes = wanted;
    this.#lastStart = start;
    this.#buffer = undefined;
    this.#start = 0;
    this.#prefixBytes = 0;
    // Some of it may belong to the next message; the sum is right in any case.
    const credit = Math.min(this.#uncredited, this.#wanted);
    this.#uncredited -= credit;
    this.#queue.push({
      bytes: buffer.subarray(start + PREFIX_BYTES, start + this.#wanted),
      isCompressed: buffer[start] === 1,
      credit,
    });
  }
}

/** Reads the length in the prefix at `at`. */
function lengthIn(bytes: Uint8Array, at: number): number {
  return (bytes[at + 1]! << 24 | bytes[at + 2]! << 16 | bytes[at + 3]! << 8 |
    bytes[at + 4]!) >>> 0;
}
