/** Gathers frames and chunks into large writes to the socket. */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { clearTimeout, setImmediate, setTimeout } from "node:timers";

import { Change } from "../base/deferred.ts";

/**
 * Size of the buffers in which frames are gathered: large, because each costs a
 * system call, but half of a typical second-level cache. There is room for
 * headers beside data whose size is a power of two, so that no message is cut
 * for a few bytes.
 */
const BUFFER_BYTES: number = 512 * 1024 + 16 * 1024;

/**
 * Most bytes on their way to the socket before data must wait: one buffer, so
 * that it is filled again while it is still in the cache. Data on its way to
 * the peer waits in the kernel.
 */
const HIGH_WATER_BYTES: number = BUFFER_BYTES;

/**
 * Further bytes that may wait, in addition to data: a peer that demands answers
 * (PING, SETTINGS, requests) and does not read must not fill the memory.
 */
const MAX_EXCESS_BYTES: number = 1024 * 1024;

/**
 * Longest wait of bytes that may leave with later ones, in milliseconds: about
 * the time between two calls of a client that makes one after the other.
 */
const LATE_MS = 10;

/**
 * Size below which a write is copied, so that its large buffer is free at once.
 */
const SMALL_WRITE_BYTES = 8192;

/** Unused buffers of all connections, for reuse. */
const pool: Buffer[] = [];
const MAX_POOLED = 16;

/**
 * The sending half of a connection. Frames written in one turn of the event
 * loop leave in one piece; a full buffer leaves at once. A buffer is reused
 * only after the runtime has called back that it is done with it.
 */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #onRoom: () => void;
  readonly #onExcess: () => void;
  readonly #room = new Change();
  #buffer: Buffer | undefined;
  #used = 0;
  /** Bytes handed to the socket without a callback so far. */
  #inFlight = 0;
  #isExcessive = false;
  #isScheduled = false;
  #isClosed = false;
  /** A frame that leaves with the next ones. */
  #late: Uint8Array | undefined;
  #lateTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param socket The socket to write to.
   * @param onRoom Called when data may be written again.
   * @param onExcess Called when far too many bytes are waiting.
   */
  constructor(socket: Socket, onRoom: () => void, onExcess: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
    this.#onExcess = onExcess;
  }

  /** True if data may be written. */
  get hasRoom(): boolean {
    return this.#inFlight + this.#used < HIGH_WATER_BYTES;
  }

  /** Waits until data may be written; undefined if it may be now, or never again. */
  room(): Promise<void> | undefined {
    return this.hasRoom || this.#isClosed ? undefined : this.#room.next();
  }

  /** True if all bytes have left. */
  get isEmpty(): boolean {
    return this.#inFlight + this.#used === 0 && this.#late === undefined;
  }

  /** Writes a frame, or several that belong together. */
  write(frame: Uint8Array): void {
    if (this.#isClosed) return;
    let at = 0;
    do {
      const space = this.reserve(Math.min(frame.length - at, 1024));
      const part = frame.subarray(at, at + space);
      this.#buffer!.set(part, this.#used);
      this.advance(part.length);
      at += part.length;
    } while (at < frame.length);
    if (
      !this.#isExcessive &&
      this.#inFlight + this.#used > HIGH_WATER_BYTES + MAX_EXCESS_BYTES
    ) {
      // Only once: the end of the connection needs a frame as well.
      this.#isExcessive = true;
      this.#onExcess();
    }
  }

  /**
   * Writes a small frame, behind those that were written so.
   *
   * @param mayWait True if it may wait a little, to leave together with later frames.
   */
  writeLate(frame: Uint8Array, mayWait: boolean): void {
    if (this.#isClosed) return;
    if (this.#late !== undefined) this.#takeLate(this.#late);
    if (!mayWait || this.#used > 0) return this.write(frame);
    this.#late = frame;
    // One timer for many of them; it may come early.
    this.#lateTimer ??= setTimeout(() => {
      this.#lateTimer = undefined;
      this.flush();
    }, LATE_MS);
  }

  #takeLate(late: Uint8Array): void {
    this.#late = undefined;
    this.reserve(late.length);
    this.#buffer!.set(late, this.#used);
    this.#used += late.length;
  }

  /**
   * Reserves space in `buffer`, at `offset`.
   *
   * @param bytes Least number of bytes.
   * @returns The number of bytes available.
   */
  reserve(bytes: number): number {
    if (this.#buffer && BUFFER_BYTES - this.#used < bytes) this.flush();
    this.#buffer ??= pool.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return BUFFER_BYTES - this.#used;
  }

  /** Buffer of the reserved space. */
  get buffer(): Uint8Array {
    return this.#buffer!;
  }

  /** Position of the reserved space in `buffer`. */
  get offset(): number {
    return this.#used;
  }

  /** Counts bytes written to the reserved space. */
  advance(bytes: number): void {
    this.#used += bytes;
    if (this.#used === BUFFER_BYTES) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.flush();
      });
    }
  }

  /** Hands the buffered bytes to the socket. */
  flush(): void {
    if (this.#late !== undefined && !this.#isClosed) this.#takeLate(this.#late);
    const buffer = this.#buffer;
    const bytes = this.#used;
    if (buffer === undefined || this.#isClosed) return;
    this.#used = 0;
    this.#buffer = undefined;
    if (bytes < SMALL_WRITE_BYTES) {
      if (bytes > 0) this.#send(Buffer.from(buffer.subarray(0, bytes)));
      release(buffer);
    } else {
      this.#send(buffer.subarray(0, bytes), buffer);
    }
  }

  #send(bytes: Buffer, pooled?: Buffer): void {
    this.#inFlight += bytes.length;
    this.#socket.write(bytes, (error) => {
      this.#inFlight -= bytes.length;
      // After an error, the owner of the buffer is unknown.
      if (error || this.#isClosed) return;
      if (pooled) release(pooled);
      if (!this.hasRoom) return;
      this.#onRoom();
      // Data that was pending comes before those who wait for room.
      if (this.hasRoom) this.#room.notify();
    });
  }

  /** Drops unsent bytes, and accepts nothing more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#lateTimer);
    this.#late = undefined;
    if (this.#buffer) release(this.#buffer);
    this.#buffer = undefined;
    this.#used = 0;
    this.#room.notify();
  }
}

function release(buffer: Buffer): void {
  if (pool.length < MAX_POOLED) pool.push(buffer);
}
