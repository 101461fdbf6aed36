/** What goes to the socket: frames gathered into large writes. */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { setImmediate } from "node:timers";

/**
 * Size of the buffers that frames are gathered in: large, since the kernel is
 * asked for each of them, but half of what a processor has as second cache.
 */
const BUFFER_BYTES: number = 512 * 1024;

/**
 * How much may be on its way to the socket before data has to wait: one buffer,
 * so that the same one is filled again while it is still in the cache. What is on
 * its way to the peer waits in the kernel.
 */
const HIGH_WATER_BYTES: number = BUFFER_BYTES;

/**
 * How much more may be waiting than data would: a peer that has us answer
 * (PING, SETTINGS, requests) and does not read must not fill the memory.
 */
const MAX_EXCESS_BYTES: number = 1024 * 1024;

/** Below this, a write is copied so that its large buffer is free at once. */
const SMALL_WRITE_BYTES = 8192;

/** Buffers of all connections that are not in use, so that few are made. */
const pool: Buffer[] = [];
const MAX_POOLED = 16;

/**
 * The sending half of a connection. Whatever is written in one turn of the event
 * loop leaves in one piece; a full buffer leaves at once. A buffer is used again
 * only when the runtime has called back that it is done with it.
 */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #onRoom: () => void;
  readonly #onExcess: () => void;
  #buffer: Buffer | undefined;
  #used = 0;
  /** Handed to the socket and not called back. */
  #inFlight = 0;
  #isExcessive = false;
  #isScheduled = false;
  #isClosed = false;

  /**
   * @param socket Where to write.
   * @param onRoom Called when data may be written again.
   * @param onExcess Called when far too much is waiting.
   */
  constructor(socket: Socket, onRoom: () => void, onExcess: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
    this.#onExcess = onExcess;
  }

  /** Whether data may be written. */
  get hasRoom(): boolean {
    return this.#inFlight + this.#used < HIGH_WATER_BYTES;
  }

  /** Whether all has left. */
  get isEmpty(): boolean {
    return this.#inFlight + this.#used === 0;
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
      // Once: to end the connection takes a frame as well.
      this.#isExcessive = true;
      this.#onExcess();
    }
  }

  /**
   * Makes space in `buffer`, at `offset`.
   *
   * @param bytes How much is needed at least.
   * @returns How much there is.
   */
  reserve(bytes: number): number {
    if (this.#buffer && BUFFER_BYTES - this.#used < bytes) this.flush();
    this.#buffer ??= pool.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return BUFFER_BYTES - this.#used;
  }

  /** Where reserved space is. */
  get buffer(): Uint8Array {
    return this.#buffer!;
  }

  /** The index of reserved space in `buffer`. */
  get offset(): number {
    return this.#used;
  }

  /** Counts what was written to reserved space. */
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

  /** Hands what there is to the socket. */
  flush(): void {
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
      // After an error it is anyone's guess who still has it.
      if (error || this.#isClosed) return;
      if (pooled) release(pooled);
      if (this.hasRoom) this.#onRoom();
    });
  }

  /** Drops what has not left; nothing more is accepted. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#buffer) release(this.#buffer);
    this.#buffer = undefined;
    this.#used = 0;
  }
}

function release(buffer: Buffer): void {
  if (pool.length < MAX_POOLED) pool.push(buffer);
}
