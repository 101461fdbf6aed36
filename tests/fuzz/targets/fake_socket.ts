/** A socket whose other end is the fuzzer. */

import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";

import type { FrameHeader } from "../../../internal/http2/frame/frame.ts";
import {
  CLIENT_PREFACE,
  readUint32,
} from "../../../internal/http2/frame/frame.ts";
import { FrameReader } from "../../../internal/http2/frame/frame_reader.ts";

/** A frame that was written. */
export interface WrittenFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** The payload; empty for DATA. */
  readonly payload: Uint8Array;
}

/** The parts of net.Socket that a connection uses. */
export class FakeSocket extends EventEmitter {
  destroyed = false;
  writable = true;
  readonly remoteAddress = "192.0.2.1";
  readonly remotePort = 1;
  /** All frames that were written. */
  readonly frames: WrittenFrame[] = [];
  /** True if this end has closed its sending side. */
  isEnded = false;
  readonly #reader: FrameReader;
  /** Remaining bytes of the client's preface. */
  #prefaceBytes: number;
  #isPaused = false;
  #waiting: Uint8Array[] = [];

  /** @param isClient Whether a client writes to it. */
  constructor(isClient: boolean) {
    super();
    this.#prefaceBytes = isClient ? CLIENT_PREFACE.length : 0;
    const add = (header: FrameHeader, payload: Uint8Array): void => {
      this.frames.push({ ...header, payload });
    };
    this.#reader = new FrameReader({
      onFrameHeader: ({ length }) => length,
      onDataFrame: () => {},
      placeData: () => undefined,
      placeFrame: () => undefined,
      isRegular: false,
      onDataPlaced: () => {},
      onDataFrameEnd: (header) => add(header, new Uint8Array(0)),
      // Of a Buffer, `slice` would be a view.
      onFrame: (header, payload) => add(header, new Uint8Array(payload)),
    });
  }

  /** As the type that connections take. */
  get socket(): Socket {
    return this as unknown as Socket;
  }

  /** Gives a chunk to the connection. */
  receive(chunk: Uint8Array): void {
    if (this.destroyed) return;
    if (this.#isPaused) this.#waiting.push(chunk);
    else this.#emit(chunk);
  }

  /** As sockets do: a Buffer, whose memory is used again for the next chunk. */
  #emit(chunk: Uint8Array): void {
    const buffer = Buffer.from(chunk);
    this.emit("data", buffer);
    // Of freed memory nothing is left, and Node.js refuses to fill it.
    if (buffer.byteLength > 0) buffer.fill(0xee);
  }

  /** The other end goes. */
  hangUp(): void {
    if (this.destroyed) return;
    this.resume();
    this.emit("end");
    this.destroy();
  }

  write(bytes: Uint8Array, done?: (error?: Error) => void): boolean {
    if (this.destroyed) {
      queueMicrotask(() => done?.(new Error("destroyed")));
      return false;
    }
    const start = Math.min(this.#prefaceBytes, bytes.length);
    this.#prefaceBytes -= start;
    this.#reader.push(bytes, start);
    queueMicrotask(() => done?.());
    return true;
  }

  end(): this {
    this.isEnded = true;
    this.writable = false;
    return this;
  }

  destroy(): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.writable = false;
    this.#waiting = [];
    queueMicrotask(() => this.emit("close"));
    return this;
  }

  pause(): this {
    this.#isPaused = true;
    return this;
  }

  resume(): this {
    this.#isPaused = false;
    while (!this.#isPaused && this.#waiting.length > 0) {
      this.#emit(this.#waiting.shift()!);
    }
    return this;
  }

  isPaused(): boolean {
    return this.#isPaused;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  /** The first frame that fits. */
  find(
    type: number,
    fits: (frame: WrittenFrame) => boolean = () => true,
  ): WrittenFrame | undefined {
    return this.frames.find((frame) => frame.type === type && fits(frame));
  }

  /** True if the connection has ended, as this end sees it. */
  get isOver(): boolean {
    return this.destroyed || this.isEnded;
  }

  /** Code and text of the GOAWAY that ended the connection, where there is one. */
  get goaway(): { readonly code: number; readonly text: string } | undefined {
    const frame = this.find(7, ({ payload }) => readUint32(payload, 4) !== 0);
    return frame && {
      code: readUint32(frame.payload, 4),
      text: new TextDecoder().decode(frame.payload.subarray(8)),
    };
  }
}

/** Lets the connection go on until `isDone`; whether it did before very long. */
export async function until(isDone: () => boolean): Promise<boolean> {
  for (let i = 0; i < 50; i++) {
    if (isDone()) return true;
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Something that takes time, such as inflating.
  for (let i = 0; i < 200; i++) {
    if (isDone()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}
